//! What the darkroom promises, seen from outside: through its doorway and by its finished pictures.

#[cfg(test)]
mod broken;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod long;
#[cfg(test)]
mod noninterference;
#[cfg(test)]
mod proven;
#[cfg(test)]
mod world;
