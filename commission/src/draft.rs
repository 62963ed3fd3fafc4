//! What the page shows of a view, and sends back when something was drawn: the same values, in the same form.

use lineshot_config::{AgentSettings, CameraSetting, HttpMode, Station, View};
use lineshot_domain::{Crop, Polygon, Show as Shown};
use serde::{Deserialize, Serialize};

/// From the left and from the top, 0 to 1.
pub(crate) type Corner = [f64; 2];

/// All that can be drawn or set on the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draft {
    pub(crate) show: Show,
    pub(crate) masks: Vec<Mask>,
    pub(crate) crop: Option<[f64; 4]>,
    pub(crate) sizes: Vec<u32>,
    pub(crate) windows: Option<Vec<Window>>,
    pub(crate) delay_ms: u64,
    pub(crate) within_ms: u64,
    pub(crate) dwell_ms: Option<u64>,
    pub(crate) camera: Camera,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Show {
    /// `"all"`.
    Word(String),
    Polygons(Vec<Vec<Corner>>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mask {
    pub(crate) name: String,
    pub(crate) polygon: Vec<Corner>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Window {
    pub(crate) days: String,
    pub(crate) from: String,
    pub(crate) to: String,
}

/// `kind` is `usb`, `http-stream`, `http-snapshot`, `file` or `line`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Camera {
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) position: Option<u8>,
    #[serde(default)]
    pub(crate) fps: Option<f64>,
    pub(crate) size: String,
}

impl Draft {
    /// With all coordinates in millionths, as files have them: what a browser sends back unchanged is the same again.
    pub(crate) fn exact(mut self) -> Draft {
        let exact = |value: &mut f64| *value = (*value * 1e6).round() / 1e6;
        let polygon = |polygon: &mut Vec<Corner>| polygon.iter_mut().flatten().for_each(exact);
        if let Show::Polygons(polygons) = &mut self.show {
            polygons.iter_mut().for_each(polygon);
        }
        self.masks.iter_mut().for_each(|mask| polygon(&mut mask.polygon));
        self.crop.iter_mut().flatten().for_each(exact);
        self
    }

    /// As the files say it.
    pub(crate) fn of(station: &Station, view: &View) -> Draft {
        let frame = view.scene.frame();
        let masks = view.scene.masks().iter();
        let windows = station.rules.calendar.windows();
        let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Draft {
            show: match view.scene.show() {
                Shown::All => Show::Word("all".to_owned()),
                Shown::Within(polygons) => Show::Polygons(polygons.iter().map(corners).collect()),
            },
            masks: masks
                .map(|mask| Mask { name: mask.name.clone(), polygon: corners(&mask.polygon) })
                .collect(),
            crop: (view.crop != Crop::whole(frame)).then(|| edges(&view.crop, frame)),
            sizes: view.sizes.clone(),
            windows: windows.map(|windows| {
                windows
                    .iter()
                    .map(|window| Window {
                        days: window.days().to_string(),
                        from: window.from().to_string(),
                        to: window.to().to_string(),
                    })
                    .collect()
            }),
            delay_ms: millis(view.delay),
            within_ms: millis(view.within),
            dwell_ms: station.trigger.dwell.map(millis),
            camera: camera(view),
        }
    }
}

/// The view and its station, of settings that were read.
pub(crate) fn chosen<'s>(
    settings: &'s AgentSettings,
    station: &str,
    view: Option<&str>,
) -> Result<(&'s Station, &'s View), String> {
    let Some(station) = settings.stations.iter().find(|it| it.id.as_str() == station) else {
        let broken =
            settings.broken.iter().find(|it| it.id.as_ref().is_some_and(|id| id.as_str() == station));
        return Err(match broken {
            Some(broken) => broken.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            None => format!("there is no station {station:?}: `lineshot station add` writes its file"),
        });
    };
    let ids = || station.views.iter().map(|view| view.id.as_str()).collect::<Vec<_>>().join(", ");
    match (view, station.views.as_slice()) {
        (Some(id), views) => views
            .iter()
            .find(|view| view.id.as_str() == id)
            .map(|view| (station, view))
            .ok_or_else(|| format!("{} has no view {id:?}; it has {}", station.id, ids())),
        (None, [view]) => Ok((station, view)),
        (None, _) => Err(format!(
            "{} has several views: name one as {}/VIEW; it has {}",
            station.id,
            station.id,
            ids()
        )),
    }
}

fn corners(polygon: &Polygon) -> Vec<Corner> {
    polygon.corners().iter().map(|corner| [corner.x.value(), corner.y.value()]).collect()
}

fn edges(crop: &Crop, frame: lineshot_domain::Size) -> [f64; 4] {
    let part = |pixels: u32, of: u32| (f64::from(pixels) / f64::from(of) * 1e4).round() / 1e4;
    let (width, height) = (frame.width(), frame.height());
    [
        part(crop.left(), width),
        part(crop.top(), height),
        part(crop.left() + crop.size().width(), width),
        part(crop.top() + crop.size().height(), height),
    ]
}

fn camera(view: &View) -> Camera {
    let frame = view.scene.frame();
    let size = format!("{}x{}", frame.width(), frame.height());
    let empty = Camera { kind: String::new(), address: String::new(), position: None, fps: None, size };
    match &view.camera {
        CameraSetting::Http { url, mode, .. } => Camera {
            kind: match mode {
                HttpMode::Stream => "http-stream".to_owned(),
                HttpMode::Snapshot => "http-snapshot".to_owned(),
            },
            address: url.as_str().to_owned(),
            ..empty
        },
        CameraSetting::Usb { camera, fps, .. } => {
            let port = camera.port.as_ref().map(|port| format!("port {port}"));
            let serials = camera.serials.iter().map(|serial| format!("serial {serial}"));
            let address = port.into_iter().chain(serials).collect::<Vec<_>>().join(", ");
            Camera { kind: "usb".to_owned(), address, fps: Some(*fps), ..empty }
        }
        CameraSetting::File { path, fps } => {
            Camera { kind: "file".to_owned(), address: path.display().to_string(), fps: Some(*fps), ..empty }
        }
        CameraSetting::Line { position, .. } => {
            Camera { kind: "line".to_owned(), position: Some(*position), ..empty }
        }
    }
}
