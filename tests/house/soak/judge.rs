//! Whether bucket, ledger and what was published agree: nothing lost, nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::books::{Case, Found, Object};

/// What came of it all.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) outcomes: BTreeMap<String, usize>,
    pub(super) pictures: usize,
    pub(super) records: usize,
    pub(super) published: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { outcomes, pictures, records, published } = self;
        write!(f, "{outcomes:?}; {records} records, {pictures} pictures; {published} outcomes published")
    }
}

impl Found {
    pub(super) fn figures(&self) -> Figures {
        let mut outcomes = BTreeMap::new();
        self.cases.iter().for_each(|case| *outcomes.entry(case.outcome.clone()).or_default() += 1);
        let records = self.objects.values().filter(|object| matches!(object, Object::Record(_))).count();
        let pictures = self.objects.len() - records;
        Figures { outcomes, pictures, records, published: self.published.len() }
    }

    /// All that does not agree, each as a sentence. Empty: all does.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = self.of_the_arrivals();
        faults.extend(self.of_the_ledger());
        faults.extend(self.of_the_words());
        faults.extend(self.of_the_bucket());
        faults.extend(self.left.iter().map(|name| format!("{name} was left behind")));
        faults
    }

    fn of_the_arrivals(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut opened = BTreeMap::<&str, usize>::new();
        self.cases.iter().for_each(|case| *opened.entry(&case.event).or_default() += 1);
        for event in &self.sent {
            match opened.get(event.as_str()) {
                Some(1) => {}
                Some(more) => faults.push(format!("{event} opened {more} cases")),
                None => faults.push(format!("{event} is lost")),
            }
        }
        let known = |event: &&&str| !self.sent.contains(**event);
        faults.extend(opened.keys().filter(known).map(|event| format!("{event} was never sent")));
        faults
    }

    fn of_the_ledger(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let (outcomes, deliveries) = (by_case(&self.outcomes), by_case(&self.deliveries));
        for Case { id, outcome, stage, .. } in &self.cases {
            match outcomes.get(id.as_str()).map(Vec::as_slice) {
                Some([one]) if one == outcome => {}
                found => faults.push(format!("{id} is {outcome}, and the ledger has {found:?}")),
            }
            match deliveries.get(id.as_str()).map(Vec::as_slice) {
                Some(["delivered"]) if stage == "receipted" => {}
                found => faults.push(format!("{id} is {stage}, and was delivered {found:?}")),
            }
        }
        let strange = outcomes.keys().chain(deliveries.keys());
        let ids: BTreeSet<_> = self.cases.iter().map(|case| case.id.as_str()).collect();
        faults.extend(strange.filter(|id| !ids.contains(*id)).map(|id| format!("{id} is no case")));
        faults
    }

    /// What the PLCs heard is what the book has, and so is what was published.
    fn of_the_words(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for Case { event, outcome, public, .. } in &self.cases {
            let words: Vec<_> = self.words.get(event).into_iter().flatten().collect();
            let wanted = match outcome.as_str() {
                "sealed" => "done",
                "interrupted" => "failed",
                other => other,
            };
            // A PLC without patience heard none; another word it must not have heard.
            if words.iter().any(|word| *word != wanted) {
                faults.push(format!("{event} is {outcome}, and the PLC was told {words:?}"));
            }
            let id = format!("{public}/{outcome}");
            match self.published.get(&id).map(|told| told.iter().collect::<Vec<_>>()).as_deref() {
                Some([told]) if *told == outcome => {}
                told => faults.push(format!("{event} is {outcome}, and as {id} was published {told:?}")),
            }
        }
        let ids: BTreeSet<_> =
            self.cases.iter().map(|case| format!("{}/{}", case.public, case.outcome)).collect();
        let strange = self.published.keys().filter(|id| !ids.contains(*id));
        faults.extend(strange.map(|id| format!("{id} was published and is no outcome")));
        faults
    }

    fn of_the_bucket(&self) -> Vec<String> {
        let (mut faults, mut named) = (Vec::new(), BTreeSet::new());
        for case in &self.cases {
            let folder = format!("line1/unreleased/albums/{}", case.album);
            let key = format!("{folder}/{}.json", case.station);
            let Some(Object::Record(record)) = self.objects.get(&key) else {
                faults.push(format!("{} has no record {key}", case.event));
                continue;
            };
            named.insert(key);
            match serde_json::from_slice::<Value>(record) {
                Ok(record) => self.of_a_record(case, &folder, &record, &mut named, &mut faults),
                Err(error) => faults.push(format!("the record of {} is not whole: {error}", case.event)),
            }
        }
        let strange = self.objects.keys().filter(|key| !named.contains(*key));
        faults.extend(strange.map(|key| format!("no record names {key}")));
        faults
    }

    fn of_a_record(
        &self,
        case: &Case,
        folder: &str,
        record: &Value,
        named: &mut BTreeSet<String>,
        faults: &mut Vec<String>,
    ) {
        let event = &case.event;
        let views = record["views"].as_array().map(Vec::as_slice);
        let Some([view]) = views else { return faults.push(format!("{event} has the views {views:?}")) };
        let wanted = match case.outcome.as_str() {
            "sealed" => ("delivered", 2),
            "withheld" => ("withheld", 0),
            _ => ("missed", 0),
        };
        let pictures = view["pictures"].as_array().map_or(&[][..], Vec::as_slice);
        let told = (view["state"].as_str().unwrap_or_default(), pictures.len());
        if told != wanted || view["id"] != case.public {
            faults.push(format!("{event} is {}, and its record tells of {told:?}: {view}", case.outcome));
        }
        for picture in pictures {
            let key = format!("{folder}/{}", picture["key"].as_str().unwrap_or_default());
            match self.objects.get(&key) {
                Some(Object::Picture { bytes, sha256 })
                    if picture["bytes"] == *bytes && picture["sha256"] == *sha256 => {}
                found => faults.push(format!("{event}: {picture} is not what is there: {found:?}")),
            }
            named.insert(key);
        }
    }
}

fn by_case(lines: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut by_case = BTreeMap::<_, Vec<_>>::new();
    lines.iter().for_each(|(case, told)| by_case.entry(case.as_str()).or_default().push(told.as_str()));
    by_case
}

/// Tries the judge on what it would have to find: every change of what agrees must be seen, and each by its own
/// sentence.
pub(super) fn assert_sees_what_is_wrong(found: &Found) {
    let sealed = found.cases.iter().find(|case| case.outcome == "sealed").expect("one was sealed");
    let of_it = |object: &&String| object.contains(&sealed.public);
    let picture = found.objects.keys().find(of_it).expect("its picture is there").clone();
    let record = format!("line1/unreleased/albums/{}/{}.json", sealed.album, sealed.station);
    let id = format!("{}/sealed", sealed.public);
    let seen = |wanted: &str, change: &dyn Fn(&mut Found)| {
        let mut changed = found.clone();
        change(&mut changed);
        let faults = changed.faults();
        assert!(faults.iter().any(|fault| fault.contains(wanted)), "`{wanted}` was not seen: {faults:?}");
    };
    seen("is lost", &|it| _ = it.sent.insert("e-99999".to_owned()));
    seen("was never sent", &|it| _ = it.sent.remove(&sealed.event));
    seen("opened 2 cases", &|it| it.cases.push(sealed.clone()));
    seen("and the ledger has", &|it| it.outcomes.push((sealed.id.clone(), "sealed".to_owned())));
    seen("and was delivered", &|it| it.deliveries.retain(|(case, _)| *case != sealed.id));
    seen("and was delivered", &|it| it.deliveries.push((sealed.id.clone(), "delivered".to_owned())));
    seen("the PLC was told", &|it| {
        it.words.entry(sealed.event.clone()).or_default().insert("failed".to_owned());
    });
    seen("was published None", &|it| drop(it.published.remove(&id)));
    seen("is no outcome", &|it| drop(it.published.insert("of nobody/sealed".to_owned(), BTreeSet::new())));
    seen("has no record", &|it| drop(it.objects.remove(&record)));
    seen("is not whole", &|it| {
        let Some(Object::Record(body)) = it.objects.get_mut(&record) else { panic!("it is a record") };
        body.truncate(body.len() / 2);
    });
    seen("is not what is there", &|it| drop(it.objects.remove(&picture)));
    seen("is not what is there", &|it| {
        let Some(Object::Picture { bytes, .. }) = it.objects.get_mut(&picture) else { panic!("a picture") };
        *bytes -= 1;
    });
    seen("no record names", &|it| {
        it.objects.insert(format!("{picture}.part"), it.objects[&picture].clone());
    });
    seen("was left behind", &|it| it.left.push("ready/0123456789abcdef".to_owned()));
}
