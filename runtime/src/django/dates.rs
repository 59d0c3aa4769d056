//! djangoevents' dates on SQLite: `YYYY-MM-DD HH:MM:SS[.ffffff]`, in UTC.

use std::fmt::Write;

const DAY: i64 = 86_400;

/// Microseconds since 1970 of a date; `None` where the text is not one. Allocates nothing.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| {
        bytes.get(range)?.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i64::from(digit - b'0'))
        })
    };
    let [year, month, day] = [number(0..4)?, number(5..7)?, number(8..10)?];
    let [hour, minute, second] = [number(11..13)?, number(14..16)?, number(17..19)?];
    let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    let in_range = year > 0
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range
        || separators
            .iter()
            .any(|(at, separator)| bytes[*at] != *separator)
    {
        return None;
    }
    let micros = match bytes.len() {
        19 => 0,
        length @ 21..=26 if bytes[19] == b'.' => {
            number(20..length)? * 10_i64.pow(26 - u32::try_from(length).ok()?)
        }
        _ => return None,
    };
    let seconds = days_before(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
    Some(seconds * 1_000_000 + micros)
}

/// The date of a microsecond; years outside 1 to 9999 sort before and behind all others.
pub(crate) fn write_date(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = date_of(days);
    if year < 1 {
        return String::new();
    }
    if year > 9999 {
        return "~".to_owned();
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let mut text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    let micros = micros.rem_euclid(1_000_000);
    if micros != 0 {
        // Writing to a String does not fail.
        let _ = write!(text, ".{micros:06}");
    }
    text
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 (Howard Hinnant's algorithm: years begin in March, so that the leap day is their last).
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The other way.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_jiff_reads_them() {
        for text in [
            "2017-03-01 17:16:57.947031",
            "2000-02-29 00:00:00",
            "0001-01-01 00:00:00",
            "9999-12-30 21:59:59.999999",
            "1969-12-31 23:59:59.000001",
        ] {
            let expected: jiff::Timestamp = format!("{}Z", text.replace(' ', "T")).parse().unwrap();
            assert_eq!(parse_date(text), Some(expected.as_microsecond()), "{text}");
            assert_eq!(write_date(expected.as_microsecond()), text);
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2017-02-29 00:00:00",
            "2017-13-01 00:00:00",
            "2017-01-01T00:00:00",
            "2017-01-01 24:00:00",
            "2017-01-01 00:00:00.",
            "2017-01-01 00:00:00.1234567",
            "2017-01-01",
            "2017-01-01 00:00:00Z",
            "+017-01-01 00:00:00",
            "2017-01-01 00:00:0\u{e9}",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_of_400_years_round_trips() {
        for day in -80_000..80_000 {
            let text = write_date(day * DAY * 1_000_000);
            assert_eq!(parse_date(&text), Some(day * DAY * 1_000_000), "{text}");
        }
    }
}
