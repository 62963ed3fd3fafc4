//! What the kernel says of its wall clock: adjtimex(2) with `modes` 0, which only reads.
//!
//! A time service (chrony, systemd-timesyncd, ntpd, PTP's phc2sys) tells the kernel when the clock is
//! synchronised and how far off it can be; the kernel lets that bound grow by 500 ppm until it is told
//! again, and gives up at 16 s.

use std::io;
use std::time::Duration;

/// What the kernel says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelClock {
    /// Some time service says so, and has said so lately.
    pub synchronised: bool,
    /// How far off the clock can be.
    pub max_error: Duration,
}

/// Asks the kernel.
///
/// # Errors
/// The system's own: EPERM where the call is forbidden (`ProtectClock=`, a syscall filter).
#[expect(unsafe_code, reason = "no maintained crate reads adjtimex(2) without it: decision record 0008")]
pub fn kernel() -> io::Result<KernelClock> {
    // SAFETY: `timex` is a C struct of integers, for which all zeros is a value; with `modes` 0 the
    // kernel changes nothing and writes only into the struct, which lives until after the call.
    let (state, said) = unsafe {
        let mut said: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut said), said)
    };
    if state < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(KernelClock {
        synchronised: state != libc::TIME_ERROR && said.status & libc::STA_UNSYNC == 0,
        max_error: Duration::from_micros(u64::try_from(said.maxerror).unwrap_or(u64::MAX)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_answers_and_its_own_error_bound_fits_its_word() {
        let said = kernel().unwrap();
        assert!(said.max_error <= Duration::from_secs(17), "the kernel gives up at 16 s: {said:?}");
        if said.synchronised {
            assert!(said.max_error < Duration::from_secs(16), "{said:?}");
        }
    }
}
