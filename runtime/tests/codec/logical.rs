//! Logical types: their text, what else is read, and what is refused.

use evgen_runtime::codec::{Decimal, Duration, encode, from_json};

use super::shapes::{LOGICALS, Logicals};
use super::{check, check_refused};

const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

fn logicals() -> Logicals {
    from_json(&LOGICALS, &format!("{{\"id\":\"{ID}\"}}")).expect("the defaults fit")
}

/// Reads `json` as the one field.
fn with(field: &str, json: &str) -> String {
    format!("{{\"id\":\"{ID}\",\"{field}\":{json}}}")
}

#[test]
fn defaults_have_avros_form_and_values_their_text() {
    check(
        &LOGICALS,
        &logicals(),
        r#"{"id":"67e55044-10b1-426f-9247-bb680e5fe0c8","key":"00010203-0405-0607-0809-0a0b0c0d0eff","date":"1970-01-02","time":"00:00:00.000001","millis":"1969-12-31T23:59:59.999Z","nanos":"1970-01-01T00:00:00.000000001Z","local":"1969-12-31T23:59:59.999999","price":"-0.01","rate":"1.000","big":"0.5","span":"P1M2DT0.003S","code":"\u0000ÿ","raw":-1}"#,
    );
}

#[test]
fn other_forms_are_read() {
    for (field, json, same) in [
        (
            "id",
            "\"67E5504410B1426F9247BB680E5FE0C8\"",
            "\"67e55044-10b1-426f-9247-bb680e5fe0c8\"",
        ),
        ("date", "19753", "\"2024-01-31\""),
        ("time", "86399999999", "\"23:59:59.999999\""),
        ("time", "\"03:48\"", "\"03:48:00\""),
        (
            "millis",
            "\"2006-11-14T03:48:28.000+09:30\"",
            "\"2006-11-13T18:18:28Z\"",
        ),
        ("millis", "\"2017-01-01T00:00:00Z\"", "1483228800000"),
        ("millis", "\"1969-12-31T23:59:59.9999Z\"", "-1"),
        ("raw", "\"2017-01-01T00:00:00Z\"", "1483228800000"),
        (
            "local",
            "\"2024-01-31 12:00:00\"",
            "\"2024-01-31T12:00:00.0000009\"",
        ),
        ("local", "\"-009999-01-01T00:00:00\"", "-377705116800000000"),
        ("price", "12.3", "\"12.30\""),
        ("price", "-1e3", "\"-1000\""),
        ("rate", "9.999e0", "\"9.999\""),
        ("big", "0.10", "\"0.10\""),
        ("span", "\"P1Y\"", "\"P12M\""),
    ] {
        let left: Logicals = from_json(&LOGICALS, &with(field, json)).expect(json);
        let right: Logicals = from_json(&LOGICALS, &with(field, same)).expect(same);
        assert_eq!(left, right, "{field}: {json}");
        evgen_runtime::validate::validate(&LOGICALS, &with(field, json)).expect(json);
    }
}

#[test]
fn what_is_out_of_range_is_refused() {
    let timestamp = "a timestamp (`2024-01-31T12:00:00Z`) or a long (-2^63 to 2^63-1)";
    for (field, json, expected) in [
        ("id", "\"67e55044\"", "a UUID"),
        ("key", "5", "a UUID"),
        ("date", "2147483647", "a date (`2024-01-31`)"),
        ("date", "\"2024-02-30\"", "a date (`2024-01-31`)"),
        ("date", "\"2024-01-31T00:00:00\"", "a date (`2024-01-31`)"),
        ("time", "86400000000", "a time of day (`hh:mm:ss.fff`)"),
        ("time", "-1", "a time of day (`hh:mm:ss.fff`)"),
        ("time", "\"12:00:00Z\"", "a time of day (`hh:mm:ss.fff`)"),
        ("millis", "9223372036854775807", timestamp),
        ("millis", "1.5", timestamp),
        ("millis", "\"2024-01-31T12:00:00\"", timestamp),
        ("nanos", "\"2263-01-01T00:00:00Z\"", timestamp),
        (
            "price",
            "\"12.345\"",
            "a decimal of at most 6 digits, 2 behind the point",
        ),
        (
            "price",
            "12345.00",
            "a decimal of at most 6 digits, 2 behind the point",
        ),
        (
            "price",
            "\"1e2147483647\"",
            "a decimal of at most 6 digits, 2 behind the point",
        ),
        (
            "rate",
            "32.768",
            "a decimal of at most 4 digits, 3 behind the point",
        ),
        ("big", "\"NaN\"", "a decimal"),
        ("span", "\"P1\"", "a duration (`P1M2DT3.004S`)"),
        (
            "code",
            "\"abc\"",
            "2 bytes, as a string of characters up to U+00FF",
        ),
        (
            "code",
            "\"ży\"",
            "2 bytes, as a string of characters up to U+00FF",
        ),
    ] {
        let error = format!("`/{field}`: expected {expected}, found `{json}`");
        check_refused::<Logicals>(&LOGICALS, &with(field, json), &[&error]);
    }
}

#[test]
fn raw_integers_have_no_range_but_their_own() {
    check_raw(i64::MAX);
    check_raw(i64::MIN);
}

#[track_caller]
fn check_raw(raw: i64) {
    let json = encode(&Logicals { raw, ..logicals() }, &LOGICALS).expect("any integer");
    let read: Logicals = from_json(&LOGICALS, &json).expect("any integer");
    assert_eq!(read.raw, raw);
}

#[test]
fn what_a_type_does_not_have_is_not_stored() {
    let nanos: jiff::Timestamp = "2263-01-01T00:00:00Z".parse().unwrap();
    let error = |value: &Logicals| encode(value, &LOGICALS).unwrap_err().to_string();
    assert_eq!(
        error(&Logicals {
            nanos,
            ..logicals()
        }),
        "`/nanos`: expected a timestamp (`2024-01-31T12:00:00Z`) or a long (-2^63 to 2^63-1), found \
         `2263-01-01T00:00:00Z`"
    );
    assert_eq!(
        error(&Logicals {
            price: Decimal::new(1, 3),
            ..logicals()
        }),
        "`/price`: expected a decimal of at most 6 digits, 2 behind the point, found `0.001`"
    );
    let fits = Logicals {
        price: Decimal::new(5, 0),
        span: Duration {
            months: u32::MAX,
            days: 0,
            millis: u32::MAX,
        },
        ..logicals()
    };
    let read: Logicals = from_json(&LOGICALS, &encode(&fits, &LOGICALS).unwrap()).unwrap();
    assert_eq!(read.price, Decimal::new(500, 2));
    assert_eq!(read.span, fits.span);
}
