//! The demo with `--once`: its table, the page that it leaves, and pictures in which nobody reads a board.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use image::DynamicImage;
use image::imageops::FilterType;
use lineshot_domain::Wall;
use lineshot_hall::{Hall, Position, Renderer};

use super::{daemons, demo, files, ocr};

/// How many of the words on the boards are read in a frame that nobody covered, 1920 and 960 pixels wide (measured:
/// 20 and 16 of 21).
const LEAST_READ: [usize; 2] = [18, 12];

#[test]
fn played_once_it_ends_well_leaves_a_page_that_needs_nobody_and_pictures_in_which_no_board_can_be_read() {
    let own = tempfile::tempdir().unwrap();
    let folder = own.path().join("demo");
    let output = demo(&folder).arg("--once").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(daemons(&folder.join("plant/etc")), []);

    has_a_table(&said);
    let pictures = leaves_a_page(&folder.join("page"));
    assert_eq!(pictures, 11);
    hides_its_boards(&folder.join("plant/store"), own.path());
}

/// A line for each order and station.
fn has_a_table(said: &str) {
    let table = said.lines().skip_while(|line| !line.starts_with("order  station")).skip(1);
    let rows: Vec<Vec<&str>> = table
        .take_while(|line| !line.is_empty())
        .map(|row| row.split("  ").filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(rows.len(), 18, "{said}");
    let mut expected = (1..=6).flat_map(|order| {
        ["Body shop", "Marriage", "Final line"].map(|station| match (order, station) {
            (2, _) => (order, station, "refused", "market"),
            (4, _) => (order, station, "refused", "class"),
            (5, "Marriage") => (order, station, "missed", "departed"),
            _ => (order, station, "delivered", "The roof in the picture shows this order's number."),
        })
    });
    for row in rows {
        let row: Vec<_> = row.into_iter().map(str::trim).collect();
        let (order, station, outcome, reason) = expected.next().unwrap();
        assert_eq!(row[..4], [&*order.to_string(), station, outcome, reason], "{said}");
    }
}

/// Everything that the page names lies beside it. How many pictures it shows.
fn leaves_a_page(folder: &Path) -> usize {
    let page = fs::read_to_string(folder.join("index.html")).unwrap();
    assert!(!page.contains("<script") && !page.contains("url(") && !page.contains("<link"), "{page}");
    let mut named = BTreeSet::new();
    for attribute in [" src=\"", " href=\"", " srcset=\"", " action=\"", " poster=\""] {
        for rest in page.split(attribute).skip(1) {
            let value = rest.split('"').next().unwrap();
            let references = value.split(", ").map(|reference| reference.split(' ').next().unwrap());
            named.extend(references.filter(|reference| !reference.starts_with('#')));
        }
    }
    for reference in &named {
        assert!(!reference.starts_with('/') && !reference.contains(':'), "{reference}");
        assert!(fs::metadata(folder.join(reference)).is_ok_and(|file| file.len() > 0), "{reference}");
    }
    // In two sizes each; nothing else lies there.
    assert_eq!(files(folder).len(), named.len() + 1);
    named.len() / 2
}

/// The reader that reads them in what a camera sees finds none of their words in whatever was delivered.
fn hides_its_boards(store: &Path, folder: &Path) {
    let raw = raw();
    let sizes = [1920, 960].map(|width| raw.resize(width, width, FilterType::CatmullRom));
    for (found, least) in ocr::found(&sizes, folder).iter().zip(LEAST_READ) {
        assert!(found.len() >= least, "the reader reads no more than {found:?} of {:?}", ocr::words());
    }

    let jpegs: Vec<PathBuf> =
        files(store).into_iter().filter(|path| path.extension().is_some_and(|end| end == "jpg")).collect();
    let delivered: Vec<_> =
        jpegs.iter().map(|path| image::load_from_memory(&fs::read(path).unwrap()).unwrap()).collect();
    let mut widths: Vec<_> = delivered.iter().map(DynamicImage::width).collect();
    widths.sort_unstable();
    assert_eq!(widths, [[480; 11], [960; 11], [1920; 11]].concat());
    for (path, found) in jpegs.iter().zip(ocr::found(&delivered, folder)) {
        assert_eq!(found, BTreeSet::new(), "{}", path.display());
    }
}

/// What a camera of the rendered line sees.
fn raw() -> DynamicImage {
    let hall = Hall::new(7, Duration::from_secs(20));
    let mut renderer = Renderer::new(hall, Position::new(1).unwrap());
    let picture = renderer.picture(Wall::from_unix_ms(1_800_000_000_000));
    let pixels = image::RgbImage::from_raw(picture.width(), picture.height(), picture.rgb().to_vec());
    pixels.unwrap().into()
}
