use proptest::prelude::*;

use super::*;

const VIN: &str = "WP0ZZZ99ZTS390000";

fn json() -> Format {
    let at = |pointer: &str| Some(pointer.to_owned());
    let fields = Fields {
        event: at("/id"),
        time: at("/timestamp"),
        vin: at("/vehicle/vin"),
        order: at("/order/number"),
        body: at("/bodies/0"),
        market: at("/order/market"),
        class: at("/class"),
        sequence: at("/n"),
        ..Fields::default()
    };
    Format::Json { fields }
}

fn vehicle(vin: Option<&str>, order: Option<&str>, body: Option<&str>) -> Vehicle {
    Vehicle::new(
        vin.map(|vin| Vin::parse(vin).unwrap()),
        order.map(|order| OrderNumber::parse(order).unwrap()),
        body.map(|body| BodyNumber::parse(body).unwrap()),
    )
    .unwrap()
}

#[test]
fn a_full_event_is_read_in_full() {
    let payload = format!(
        r#"{{"id": 7, "timestamp": "2026-11-23T11:00:00.250+01:00", "vehicle": {{"vin": "{VIN}"}},
            "order": {{"number": 4711, "market": "us"}}, "bodies": ["B-1"], "class": "Prototype", "n": 7,
            "else": [null, {{}}]}}"#
    );
    let event = parse(&json(), payload.as_bytes()).unwrap();
    assert_eq!(event.vehicle, vehicle(Some(VIN), Some("4711"), Some("B-1")));
    assert_eq!(event.event.unwrap().as_str(), "7");
    assert_eq!(event.time, Some(Wall::from_unix_ms(1_795_428_000_250)));
    assert_eq!(event.claims.market.unwrap().as_str(), "US");
    assert_eq!(event.claims.class.unwrap().as_str(), "prototype");
    assert_eq!(event.sequence, Some(7));
}

#[test]
fn a_sequence_is_an_integer_or_its_digits() {
    for (sequence, want) in [
        ("0", Ok(Some(0))),
        ("\"0042\"", Ok(Some(42))),
        ("\" 7\\u0000\"", Ok(Some(7))),
        ("18446744073709551615", Ok(Some(u64::MAX))),
        ("null", Ok(None)),
        ("-1", Err(EventError::Sequence)),
        ("\"+1\"", Err(EventError::Sequence)),
        ("\"\"", Ok(None)),
        ("\" \\u0000\"", Ok(None)),
        ("\"18446744073709551616\"", Err(EventError::Sequence)),
    ] {
        let payload = format!(r#"{{"order": {{"number": "1"}}, "n": {sequence}}}"#);
        assert_eq!(parse(&json(), payload.as_bytes()).map(|event| event.sequence), want, "{sequence}");
    }
}

#[test]
fn milliseconds_are_believed_for_this_century_alone() {
    let Format::Json { fields } = json() else { unreachable!() };
    let format = Format::Json { fields: Fields { time_format: TimeFormat::UnixMs, ..fields } };
    let at = |ms| Ok(Some(Wall::from_unix_ms(ms)));
    for (time, want) in [
        ("1795428000250", at(1_795_428_000_250)),
        ("\"1795428000250\"", at(1_795_428_000_250)),
        ("946684800000", at(946_684_800_000)),
        ("4102444799999", at(4_102_444_799_999)),
        ("null", Ok(None)),
        ("946684799999", Err(EventError::UnixMs)),
        ("4102444800000", Err(EventError::UnixMs)),
        ("1795428000", Err(EventError::UnixMs)),
        ("1795428000250000", Err(EventError::UnixMs)),
        ("-1795428000250", Err(EventError::UnixMs)),
        ("\"2026-11-23T10:00:00Z\"", Err(EventError::UnixMs)),
    ] {
        let payload = format!(r#"{{"order": {{"number": "1"}}, "timestamp": {time}}}"#);
        assert_eq!(parse(&format, payload.as_bytes()).map(|event| event.time), want, "{time}");
    }
    assert!(EventError::UnixMs.to_string().contains("count seconds"));
}

#[test]
fn what_is_missing_or_null_is_absent() {
    for payload in [
        r#"{"order": {"number": "4711"}}"#,
        r#"{"id": null, "timestamp": null, "vehicle": {"vin": null}, "order": {"number": "4711"}}"#,
        r#"{"id": null, "vehicle": [], "order": {"number": "4711"}, "bodies": {}}"#,
    ] {
        let event = parse(&json(), payload.as_bytes()).unwrap();
        assert_eq!(event, Event::of(vehicle(None, Some("4711"), None)));
    }
}

#[test]
fn a_field_that_cannot_be_used_is_named_and_its_value_is_not() {
    for (payload, field) in [
        (r#"{"vehicle": {"vin": 4242424242}}"#, "`vin`"),
        (r#"{"vehicle": {"vin": "4242424242"}}"#, "`vin`"),
        (r#"{"vehicle": {"vin": ["4242424242"]}}"#, "`vin`"),
        (r#"{"order": {"number": "4242424242/.."}}"#, "`order`"),
        (r#"{"order": {"number": 4242424242.5}}"#, "`order`"),
        (r#"{"order": {"number": -4242424242}}"#, "`order`"),
        (r#"{"order": {"number": 42424242424242424242424242}}"#, "`order`"),
        (r#"{"order": {"number": true}}"#, "`order`"),
        (r#"{"bodies": [{"4242424242": 1}]}"#, "`body`"),
        (r#"{"order": {"number": "1"}, "id": "4242424242\n"}"#, "`event`"),
        (r#"{"order": {"number": "1"}, "id": {"4242424242": 1}}"#, "`event`"),
        (r#"{"order": {"number": "1", "market": "42-4242424242"}}"#, "`market`"),
        (r#"{"order": {"number": "1", "market": 4242424242}}"#, "`market`"),
        (r#"{"order": {"number": "1"}, "class": "4242424242!"}"#, "`class`"),
        (r#"{"order": {"number": "1"}, "n": "4242424242x"}"#, "`sequence`"),
        (r#"{"order": {"number": "1"}, "n": 4242424242.5}"#, "`sequence`"),
        (r#"{"order": {"number": "1"}, "timestamp": 4242424242}"#, "`time`"),
        (r#"{"order": {"number": "1"}, "timestamp": "4242424242"}"#, "`time`"),
        (r#"{"order": {"number": "1"}, "timestamp": "2026-11-23T10:00:00"}"#, "`time`"),
    ] {
        let error = parse(&json(), payload.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(field), "{payload}: {error}");
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(!format!("{error} {error:?} {source}").contains("4242424242"), "{error:?}");
    }
}

#[test]
fn what_is_not_an_event_is_refused() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let large = vec![b' '; MAX_PAYLOAD + 1];
    let not_json = |line, column| EventError::NotJson { line, column };
    let cases: [(&[u8], EventError); 7] = [
        (b"", not_json(1, 0)),
        (b"{}", EventError::Nobody),
        (b"\"text\"", EventError::Nobody),
        (br#"{"order": {"number": "1"}} {}"#, not_json(1, 28)),
        (br#"{"order": {"number": "1", "number": "2"}}"#, not_json(1, 40)),
        (deep.as_bytes(), not_json(1, 128)),
        (&large, EventError::Large),
    ];
    for (payload, want) in cases {
        assert_eq!(parse(&json(), payload), Err(want), "{}", String::from_utf8_lossy(payload));
    }
}

#[test]
fn a_bare_vin_is_an_event() {
    for payload in [VIN.to_owned(), VIN.to_lowercase(), format!("  {VIN}\0\0\r\n")] {
        let event = parse(&Format::Text, payload.as_bytes()).unwrap();
        assert_eq!(event, Event::of(vehicle(Some(VIN), None, None)));
    }
    for bad in ["", "   ", "WP0ZZZ99ZTS39000", "{}"] {
        let error = parse(&Format::Text, bad.as_bytes()).unwrap_err();
        assert!(matches!(error, EventError::Vehicle { field: "vin", .. }), "{bad:?}");
    }
    assert_eq!(parse(&Format::Text, b"\xff"), Err(EventError::NotText));
}

#[test]
fn a_departure_may_leave_open_who_left() {
    let payload = format!(r#"{{"vehicle": {{"vin": "{VIN}"}}, "timestamp": "later"}}"#);
    let car = vehicle(Some(VIN), None, None);
    for (format, payload, want) in [
        (json(), "", None),
        (json(), "{}", None),
        (json(), r#"{"vehicle": {"vin": null}}"#, None),
        (json(), payload.as_str(), Some(car.clone())),
        (Format::Text, "", None),
        (Format::Text, " \0\0", None),
        (Format::Text, VIN, Some(car)),
    ] {
        assert_eq!(parse_departure(&format, payload.as_bytes()), Ok(want), "{payload}");
    }
    assert!(parse_departure(&Format::Text, b"somebody").is_err());
    assert!(parse_departure(&json(), br#"{"vehicle": {"vin": "somebody"}}"#).is_err());
}

#[test]
fn an_age_is_proven_as_configured_or_not_at_all() {
    let (at, left) = (Wall::from_unix_ms(1), Duration::from_secs(3));
    for (mode, time, expiry, want) in [
        (AgeMode::Time, Some(at), Some(left), EventAge::At(at)),
        (AgeMode::Time, None, Some(left), EventAge::Unproven),
        (AgeMode::Expiry, Some(at), Some(left), EventAge::Expires(left)),
        (AgeMode::Expiry, Some(at), None, EventAge::Unproven),
    ] {
        assert_eq!(age(mode, time, expiry), want);
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        for format in [Format::Text, json()] {
            let _ = (parse(&format, &payload), parse_departure(&format, &payload));
        }
    }

    #[test]
    fn json_of_the_right_shape_with_anything_in_it_never_panics(
        id in leaf(), time in leaf(), vin in leaf(), order in leaf(), body in leaf(), more in leaf(),
    ) {
        let payload = format!(
            r#"{{"id":{id},"timestamp":{time},"vehicle":{{"vin":{vin}}},"order":{{"number":{order}}},"bodies":[{body}],"class":{more},"n":{more}}}"#
        );
        let _ = (parse(&json(), payload.as_bytes()), parse_departure(&json(), payload.as_bytes()));
    }

    #[test]
    fn any_name_twice_in_one_object_is_refused(name in "[a-z]{1,8}", deep in 0usize..20) {
        let twice = format!(r#"{{"{name}":1,"{name}":1}}"#);
        let payload = format!("{}{twice}{}", r#"{"a":["#.repeat(deep), "]}".repeat(deep));
        let refused = matches!(parse(&json(), payload.as_bytes()), Err(EventError::NotJson { .. }));
        prop_assert!(refused);
    }
}

/// Any JSON text that is a string, a number or a word.
fn leaf() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_filter("JSON has no others", |n| n.is_finite()).prop_map(|n| n.to_string()),
        Just("null".to_owned()),
        Just("true".to_owned()),
    ]
}
