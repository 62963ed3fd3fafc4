//! A foreign reader of pictures: tesseract, told where the boards hang.
//!
//! Holds: what is looked for are the words that the rendered hall writes on its boards, read from the hall itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::imageops::{FilterType, crop_imm, resize};
use image::{DynamicImage, GrayImage};
use lineshot_hall::{POSTER, WHITEBOARD, poster_says, whiteboard_says};

/// Shorter ones are found in noise by chance.
const LETTERS: usize = 4;

/// How wide a board is made for the reader, whatever the picture's size.
const BOARD_WIDTH: u32 = 1_600;

/// Every word on poster and whiteboard that is long enough to be looked for.
pub(super) fn words() -> BTreeSet<&'static str> {
    let lines = poster_says().chain(whiteboard_says());
    let words = lines.flat_map(|line| line.split(|letter: char| !letter.is_ascii_alphabetic()));
    words.filter(|word| word.len() >= LETTERS).collect()
}

/// The words that the reader finds in a picture: in the whole of it, and in its boards alone, made larger.
pub(super) fn found(pictures: &[DynamicImage], folder: &Path) -> Vec<BTreeSet<&'static str>> {
    let mut sheets = Vec::new();
    for (index, picture) in pictures.iter().enumerate() {
        let grey = picture.to_luma8();
        for (part, sheet) in [board(&grey, &POSTER), board(&grey, &WHITEBOARD), grey].into_iter().enumerate()
        {
            sheets.push(write(folder, &format!("{index}-{part}.pgm"), &sheet));
        }
    }
    let texts = read(folder, &sheets);
    let found = |texts: &[String]| {
        let text = texts.concat().to_uppercase();
        words().into_iter().filter(|&word| text.contains(word)).collect()
    };
    texts.chunks(3).map(found).collect()
}

/// A board alone, as large as print is read best.
fn board(picture: &GrayImage, corners: &[[f64; 2]; 4]) -> GrayImage {
    let at = |[x, y]: [f64; 2]| {
        [(x * f64::from(picture.width())) as u32, (y * f64::from(picture.height())) as u32]
    };
    let [[left, top], [right, bottom]] = [at(corners[0]), at(corners[2])];
    let cut = crop_imm(picture, left, top, right - left, bottom - top).to_image();
    let height = cut.height() * BOARD_WIDTH / cut.width();
    resize(&cut, BOARD_WIDTH, height, FilterType::CatmullRom)
}

fn write(folder: &Path, name: &str, sheet: &GrayImage) -> PathBuf {
    let path = folder.join(name);
    let head = format!("P5 {} {} 255\n", sheet.width(), sheet.height());
    fs::write(&path, [head.as_bytes(), sheet.as_raw()].concat()).unwrap();
    path
}

/// What stands on each sheet.
fn read(folder: &Path, sheets: &[PathBuf]) -> Vec<String> {
    let list = folder.join("sheets.txt");
    let names: Vec<_> = sheets.iter().map(|sheet| sheet.to_str().unwrap()).collect();
    fs::write(&list, names.join("\n")).unwrap();
    let mut reader = Command::new("tesseract");
    // 11: words wherever they stand.
    reader.arg(&list).args(["-", "--psm", "11", "-c", "page_separator=\u{c}"]).env("OMP_THREAD_LIMIT", "1");
    let read = reader.output().unwrap_or_else(|error| {
        panic!("tesseract does not start ({error}); `cargo xtask test` installs what is missing")
    });
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let text = String::from_utf8(read.stdout).unwrap();
    let texts: Vec<_> = text.split_terminator('\u{c}').map(str::to_owned).collect();
    assert_eq!(texts.len(), sheets.len(), "{}", String::from_utf8_lossy(&read.stderr));
    texts
}
