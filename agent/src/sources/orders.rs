//! The order directory as it comes: a CSV file, or one JSON message an order.
//!
//! Holds: one unreadable line spoils the file, since it may be the one that cancels; a message that
//! cannot be read spoils the directory until a readable one comes on its topic. What is spoilt is not
//! believed at all.

use std::collections::HashSet;
use std::sync::Arc;

use lineshot_domain::{
    BodyNumber, CLOCK_SKEW, Directory, Market, NameError, Order, OrderNumber, VehicleClass, VehicleError,
    Vin, Wall,
};
use serde::Deserialize;

/// Topics that are remembered as spoilt.
const MOST_SPOILT: usize = 1_000;

/// Orders that are remembered: some years of a plant, some hundreds of megabytes.
const MOST_ORDERS: usize = 1_000_000;

/// What the heading of a file may name.
const COLUMNS: [&str; 8] = ["order", "vin", "body", "market", "class", "consent", "state", "at"];

/// What is wrong with an order. Never repeats its text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
    #[error("`{0}` is missing: every order needs it")]
    Missing(&'static str),
    #[error("the order has neither `vin` nor `body`, so no vehicle can be found to it")]
    Nothing,
    #[error("`{0}` cannot be used")]
    Number(&'static str, #[source] VehicleError),
    #[error("`{0}` cannot be used")]
    Name(&'static str, #[source] NameError),
    #[error("`consent` must be yes or no")]
    Consent,
    #[error("`state` must be active or cancelled")]
    State,
    #[error(
        "`at` must be an RFC 3339 time with an offset, such as 2026-11-23T10:00:00Z, and not in the future"
    )]
    At,
}

/// Why a directory could not be read. Never repeats what was read, which the libraries' own errors do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrdersError {
    #[error("the heading must name each column once, of: order,vin,body,market,class,consent,state,at")]
    Heading,
    #[error("line {0} is no CSV line of UTF-8 text with as many fields as the heading: correct it")]
    Csv(u64),
    #[error("line {line}: correct it")]
    Line { line: u64, source: OrderError },
    #[error(
        "the message is no JSON object with each of order, vin, body, market, class, consent, state, at at \
         most once and as a text (line {line}, column {column})"
    )]
    Json { line: usize, column: usize },
    #[error("the message's order cannot be used")]
    Message(#[source] OrderError),
    #[error("more is wrong, or more orders are told, than is remembered: clear the topics, then restart")]
    Beyond,
}

/// One order as written, in a line of the file or a message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderText {
    order: Option<String>,
    vin: Option<String>,
    body: Option<String>,
    market: Option<String>,
    class: Option<String>,
    consent: Option<Consent>,
    state: Option<String>,
    at: Option<String>,
}

/// A word in the file; in a message also true or false.
#[derive(Deserialize)]
#[serde(untagged)]
enum Consent {
    Word(String),
    Given(bool),
}

impl OrderText {
    /// `default_at`: when what has no `at` of its own was told.
    fn read(self, default_at: Option<Wall>, now: Wall) -> Result<Order, OrderError> {
        let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let number = some(self.order).ok_or(OrderError::Missing("order"))?;
        let number = OrderNumber::parse(&number).map_err(|e| OrderError::Number("order", e))?;
        let vin = some(self.vin).map(|vin| Vin::parse(&vin)).transpose();
        let body = some(self.body).map(|body| BodyNumber::parse(&body)).transpose();
        let market = some(self.market).map(|market| Market::parse(&market)).transpose();
        let class = some(self.class).map(|class| VehicleClass::parse(&class)).transpose();
        let cancelled = match some(self.state).as_deref().map(str::trim) {
            None | Some("active") => false,
            Some("cancelled") => true,
            Some(_) => return Err(OrderError::State),
        };
        let order = Order {
            number,
            vin: vin.map_err(|e| OrderError::Number("vin", e))?,
            body: body.map_err(|e| OrderError::Number("body", e))?,
            market: market.map_err(|e| OrderError::Name("market", e))?,
            class: class.map_err(|e| OrderError::Name("class", e))?,
            consent: consent(self.consent)?,
            cancelled,
            at: moment(some(self.at), default_at, now)?,
        };
        match order.cancelled || order.vin.is_some() || order.body.is_some() {
            true => Ok(order),
            false => Err(OrderError::Nothing),
        }
    }
}

/// Nobody has agreed by silence.
fn consent(said: Option<Consent>) -> Result<bool, OrderError> {
    match said {
        None => Err(OrderError::Missing("consent")),
        Some(Consent::Given(given)) => Ok(given),
        Some(Consent::Word(word)) => match word.trim() {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(OrderError::Consent),
        },
    }
}

fn moment(said: Option<String>, default: Option<Wall>, now: Wall) -> Result<Wall, OrderError> {
    let at = match said {
        None => default.ok_or(OrderError::Missing("at"))?,
        Some(text) => {
            let at: jiff::Timestamp = text.trim().parse().map_err(|_| OrderError::At)?;
            Wall::from_unix_ms(at.as_millisecond())
        }
    };
    // It would win over all others until then.
    if at.since(now) > CLOCK_SKEW { Err(OrderError::At) } else { Ok(at) }
}

/// Reads a whole file. A line without `at` is as old as the file.
///
/// # Errors
/// [`OrdersError`] for the first line that cannot be used.
pub(crate) fn of_file(bytes: &[u8], written: Wall, now: Wall) -> Result<Directory, OrdersError> {
    let mut directory = Directory::default();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let heading = reader.headers().map_err(|_| OrdersError::Heading)?.clone();
    let known = heading.iter().all(|name| COLUMNS.contains(&name));
    if !known || heading.iter().collect::<HashSet<_>>().len() != heading.len() {
        return Err(OrdersError::Heading);
    }
    for row in reader.records() {
        let row = row.map_err(|error| OrdersError::Csv(error.position().map_or(0, csv::Position::line)))?;
        let line = row.position().map_or(0, csv::Position::line);
        let text: OrderText = row.deserialize(Some(&heading)).map_err(|_| OrdersError::Csv(line))?;
        directory.tell(text.read(Some(written), now).map_err(|source| OrdersError::Line { line, source })?);
    }
    Ok(directory)
}

/// A directory that grows by messages.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) directory: Arc<Directory>,
    spoilt: HashSet<String>,
    /// More came than is remembered: nobody knows any more what is mended.
    beyond: bool,
    /// The connection by which the last message came.
    connection: u64,
}

impl Told {
    /// What follows came by this connection. On a new one the broker says again all that it keeps, and not
    /// what was cleared meanwhile: what spoils the directory now will be heard anew.
    pub(crate) fn by(&mut self, connection: u64) -> &mut Told {
        if std::mem::replace(&mut self.connection, connection) != connection {
            self.spoilt.clear();
        }
        self
    }

    /// Takes in a message. An empty one takes back what spoilt its topic and says nothing else.
    ///
    /// # Errors
    /// [`OrdersError`]: the directory is spoilt now.
    pub(crate) fn hear(&mut self, topic: &str, payload: &[u8], now: Wall) -> Result<(), OrdersError> {
        if !payload.is_empty() {
            let read = serde_json::from_slice::<OrderText>(payload)
                .map_err(|e| OrdersError::Json { line: e.line(), column: e.column() })
                .and_then(|text| text.read(None, now).map_err(OrdersError::Message));
            match read {
                Ok(order) => {
                    Arc::make_mut(&mut self.directory).tell(order);
                    self.beyond |= self.directory.len() > MOST_ORDERS;
                }
                Err(error) => {
                    self.beyond |= self.spoilt.len() >= MOST_SPOILT && !self.spoilt.contains(topic);
                    if !self.beyond {
                        self.spoilt.insert(topic.to_owned());
                    }
                    return Err(if self.beyond { OrdersError::Beyond } else { error });
                }
            }
        }
        self.spoilt.remove(topic);
        if self.beyond { Err(OrdersError::Beyond) } else { Ok(()) }
    }

    /// Whether some message could not be read.
    pub(crate) fn is_spoilt(&self) -> bool {
        self.beyond || !self.spoilt.is_empty()
    }
}
