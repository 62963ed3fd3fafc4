//! What a person's hands do on the page: mouse, finger and keyboard.

use serde_json::{Value, json};

use crate::peers::Browser;

/// How often something is looked at again until it is there; each look waits for the page's own next frame.
const LOOKS: u32 = 3000;

/// Left, top, width and height of the drawing on the screen, in CSS pixels.
const DRAWING: &str = r##"
const drawing = document.querySelector("#drawing");
drawing.scrollIntoView({ block: "center" });
const { left, top, width, height } = drawing.getBoundingClientRect();
return [left, top, width, height];
"##;

/// Where on the drawing: fractions of the frame.
pub(super) type Spot = [f64; 2];

/// A hand at the page.
pub(super) struct Pen<'b>(pub(super) &'b Browser);

impl Pen<'_> {
    /// Returns when the script gives something that is true.
    pub(super) fn until(&self, what: &str, script: &str) -> Value {
        for _ in 0..LOOKS {
            let found = self.0.read(script);
            if !matches!(found, Value::Null | Value::Bool(false)) {
                return found;
            }
            self.0.read("return document.body.getClientRects().length");
        }
        panic!("it never came true: {what}; the page says: {}", self.said());
    }

    /// All that the page says in its live regions.
    pub(super) fn said(&self) -> Value {
        self.0.read(r#"return [...document.querySelectorAll("[role=status]")].map((it) => it.textContent).filter(Boolean)"#)
    }

    pub(super) fn text_of(&self, selector: &str) -> String {
        let found = self.0.read(&format!("return document.querySelector({selector:?})?.textContent ?? ''"));
        found.as_str().unwrap().to_owned()
    }

    /// The draft of now.
    pub(super) fn draft(&self) -> Value {
        self.0.read("return window.lineshotDraft()")
    }

    /// Whole CSS pixels on the screen nearest to these spots, and the spots that they are exactly.
    pub(super) fn pixels(&self, spots: &[Spot]) -> Vec<([i64; 2], Spot)> {
        let of = self.0.read(DRAWING);
        let of: Vec<f64> = of.as_array().unwrap().iter().map(|side| side.as_f64().unwrap()).collect();
        let place = |spot: &Spot| {
            let at = [0, 1].map(|axis| (of[axis] + spot[axis] * of[axis + 2]).round());
            (at.map(|at| at as i64), [0, 1].map(|axis| (at[axis] - of[axis]) / of[axis + 2]))
        };
        spots.iter().map(place).collect()
    }

    /// Clicks or taps on these spots of the drawing, and gives where exactly.
    pub(super) fn point_at(&self, kind: &str, spots: &[Spot]) -> Vec<Spot> {
        let pixels = self.pixels(spots);
        for ([x, y], _) in &pixels {
            self.0.act(
                &json!([{ "type": "pointer", "id": kind, "parameters": { "pointerType": kind }, "actions": [
                    { "type": "pointerMove", "x": x, "y": y, "origin": "viewport" },
                    { "type": "pointerDown", "button": 0 },
                    { "type": "pointerUp", "button": 0 },
                ]}]),
            );
        }
        pixels.into_iter().map(|(_, spot)| spot).collect()
    }

    /// Drags from one spot to another.
    pub(super) fn drag(&self, from: Spot, to: Spot) -> Spot {
        let pixels = self.pixels(&[from, to]);
        let ([x, y], _) = pixels[0];
        let ([to_x, to_y], exactly) = pixels[1];
        self.0.act(
            &json!([{ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": [
                { "type": "pointerMove", "x": x, "y": y, "origin": "viewport" },
                { "type": "pointerDown", "button": 0 },
                { "type": "pointerMove", "x": (x + to_x) / 2, "y": (y + to_y) / 2, "origin": "viewport" },
                { "type": "pointerMove", "x": to_x, "y": to_y, "origin": "viewport" },
                { "type": "pointerUp", "button": 0 },
            ]}]),
        );
        exactly
    }

    /// Strikes keys one after the other; `held` is held down meanwhile.
    pub(super) fn strike(&self, held: Option<&str>, keys: &[&str]) {
        let mut actions = Vec::new();
        let stroke = |kind: &str, key: &str| json!({ "type": kind, "value": key });
        actions.extend(held.map(|key| stroke("keyDown", key)));
        for key in keys {
            actions.extend([stroke("keyDown", key), stroke("keyUp", key)]);
        }
        actions.extend(held.map(|key| stroke("keyUp", key)));
        self.0.act(&json!([{ "type": "key", "id": "keyboard", "actions": actions }]));
    }

    /// Goes on by the Tab key until the keyboard is there.
    pub(super) fn tab_to(&self, selector: &str) {
        for _ in 0..400 {
            let is_there = format!("return document.activeElement?.matches({selector:?}) ?? false");
            if self.0.read(&is_there) == true {
                return;
            }
            self.strike(None, &[TAB]);
        }
        panic!("the keyboard never comes to {selector}");
    }

    /// Presses a button of the page.
    pub(super) fn press(&self, selector: &str) {
        self.0.read(&format!("document.querySelector({selector:?}).scrollIntoView({{ block: 'center' }})"));
        self.0.press(selector);
    }

    /// Confirms all warnings, and saves.
    pub(super) fn save(&self) {
        self.press("#difference");
        self.until("the difference", "return !document.querySelector('#proposal').hidden");
        let count = "return document.querySelectorAll('#warnings input').length";
        for number in 0..self.0.read(count).as_u64().unwrap() {
            self.press(&format!("#warnings label:nth-of-type({}) input", number + 1));
        }
        self.press("#save");
        self.until("it is saved", "return !document.querySelector('#saved').hidden");
    }

    /// Deletes all that is drawn.
    pub(super) fn clear(&self) {
        while self.0.read("return document.querySelectorAll('#shapes > li').length > 0") == true {
            self.press("#shapes > li [data-act=delete]");
        }
    }

    /// The colour of the covered result at these spots.
    pub(super) fn colours(&self, image: &str, spots: &[Spot]) -> Vec<[i64; 3]> {
        let script = format!(
            r#"
            const image = document.querySelector({image:?});
            const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
            const paper = canvas.getContext("2d");
            paper.drawImage(image, 0, 0);
            const at = ([x, y]) => [...paper.getImageData(x * canvas.width, y * canvas.height, 1, 1).data.slice(0, 3)];
            return {spots:?}.map(at);
            "#
        );
        serde_json::from_value(self.0.read(&script)).unwrap()
    }
}

pub(super) const TAB: &str = "\u{E004}";
pub(super) const ENTER: &str = "\u{E007}";
pub(super) const SPACE: &str = " ";
pub(super) const LEFT: &str = "\u{E012}";
pub(super) const UP: &str = "\u{E013}";
pub(super) const RIGHT: &str = "\u{E014}";
pub(super) const DOWN: &str = "\u{E015}";
pub(super) const CONTROL: &str = "\u{E009}";

/// Whether a colour is the fill.
pub(super) fn is_fill(colour: &[i64; 3]) -> bool {
    colour.iter().all(|value| (value - 96).abs() <= 4)
}
