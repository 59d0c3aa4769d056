//! Letters beyond ASCII, spelt in ASCII: accents are dropped, Cyrillic and Greek are transliterated, others are spelt by
//! their number. So no two Rust names look alike or are one after normalization, and none of rustc's lints about letters
//! (three of them warn, and are heard only at the root of a crate) meets generated code.
//! Case and words are decided in `names.rs`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// U+00C0 to U+017F without their accents; a dot where one letter does not do.
const LATIN: &str = "AAAAAA.CEEEEIIIIDNOOOOO.OUUUUY..aaaaaa.ceeeeiiiidnooooo.ouuuuy.yAaAaAaCcCcCcCcDd\
    DdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi..JjKkkLlLlLlLlLlNnNnNnn..OoOoOo..RrRrRrSsSsSs\
    SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/// U+1E00 to U+1EFF, in the same way.
const LATIN_ADDITIONAL: &str = "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOo\
    OoOoPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwyas....\
    AaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEeEeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUu\
    UuYyYyYyYy......";

/// `text` without letters beyond ASCII; what is no letter stays, and separates words.
pub(super) fn spelt(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii() || !(c.is_alphanumeric() || is_accent(c)) {
            out.push(c);
        } else if let Some(base) = without_accent(c) {
            out.push(base);
        } else if let Some(letters) = lowercase(c).and_then(transliterated) {
            let next_is_capital = chars.peek().is_some_and(|next| next.is_uppercase());
            push_in_case(&mut out, letters, c.is_uppercase(), next_is_capital);
        } else if !is_accent(c) {
            let _ = write!(out, "_u{:04x}_", u32::from(c));
        }
    }
    Cow::Owned(out)
}

/// `Щит` → `Shchit`, `ЩИТ` → `SHCHIT`.
fn push_in_case(out: &mut String, letters: &str, is_capital: bool, next_is_capital: bool) {
    let mut letters = letters.chars();
    if is_capital {
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    }
    if is_capital && next_is_capital {
        out.extend(letters.map(|letter| letter.to_ascii_uppercase()));
    } else {
        out.extend(letters);
    }
}

/// An accent that stands behind its letter: file names of some systems are written so.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

fn without_accent(c: char) -> Option<char> {
    let (table, first) = match c {
        '\u{c0}'..='\u{17f}' => (LATIN, 0xc0),
        '\u{1e00}'..='\u{1eff}' => (LATIN_ADDITIONAL, 0x1e00),
        'Ơ' => return Some('O'),
        'ơ' => return Some('o'),
        'Ư' => return Some('U'),
        'ư' => return Some('u'),
        'Ș' => return Some('S'),
        'ș' => return Some('s'),
        'Ț' => return Some('T'),
        'ț' => return Some('t'),
        '\u{212a}' => return Some('K'),
        '\u{212b}' => return Some('A'),
        _ => return None,
    };
    let index = usize::try_from(u32::from(c) - first).ok()?;
    let base = char::from(*table.as_bytes().get(index)?);
    (base != '.').then_some(base)
}

/// The small letter, where it is one.
fn lowercase(c: char) -> Option<char> {
    let mut lower = c.to_lowercase();
    let first = lower.next()?;
    lower.next().is_none().then_some(first)
}

/// Small letters that become several, or are of another script.
fn transliterated(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'þ' => "th",
        'ŋ' => "ng",
        'ĳ' => "ij",
        'а' | 'α' | 'ά' => "a",
        'б' => "b",
        'в' | 'β' => "v",
        'г' | 'ґ' | 'γ' => "g",
        'д' | 'δ' => "d",
        'ѓ' => "gj",
        'е' | 'ё' | 'э' | 'ѐ' | 'ε' | 'έ' => "e",
        'є' => "ye",
        'ж' => "zh",
        'з' | 'ζ' => "z",
        'и' | 'і' | 'ѝ' | 'η' | 'ή' | 'ι' | 'ί' | 'ϊ' | 'ΐ' => "i",
        'ї' => "yi",
        'й' | 'ы' | 'υ' | 'ύ' | 'ϋ' | 'ΰ' => "y",
        'ј' => "j",
        'к' | 'κ' => "k",
        'ќ' => "kj",
        'л' | 'λ' => "l",
        'љ' => "lj",
        'м' | 'μ' => "m",
        'н' | 'ν' => "n",
        'њ' => "nj",
        'о' | 'ο' | 'ό' | 'ω' | 'ώ' => "o",
        'п' | 'π' => "p",
        'р' | 'ρ' => "r",
        'с' | 'σ' | 'ς' => "s",
        'ѕ' => "dz",
        'т' | 'τ' => "t",
        'ђ' => "dj",
        'ћ' => "c",
        'у' => "u",
        'ў' => "w",
        'ф' | 'φ' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'џ' => "dzh",
        'ш' => "sh",
        'щ' => "shch",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        'θ' => "th",
        'ξ' => "x",
        'χ' => "ch",
        'ψ' => "ps",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_spelt_in_ascii() {
        for (text, expected) in [
            ("größeEins", "grosseEins"),
            ("Œuvre_n", "Oeuvre_n"),
            ("ẞAẞ", "SSASs"),
            ("año", "ano"),
            ("số_lượng", "so_luong"),
            ("Структура", "Struktura"),
            ("ЩИТ", "SHCHIT"),
            ("Щит", "Shchit"),
            ("Ελλάδα", "Ellada"),
            ("文字x", "_u6587__u5b57_x"),
            ("٣", "_u0663_"),
            ("\u{1f600}a", "\u{1f600}a"),
        ] {
            assert_eq!(spelt(text), expected);
        }
    }

    #[test]
    fn what_is_one_after_normalization_is_spelt_alike_or_by_its_number() {
        assert_eq!(spelt("o\u{308}\u{301}"), "o");
        assert_eq!(spelt("\u{e5}"), "a");
        assert_eq!(spelt("\u{212b}\u{212a}"), "AK");
        // A syllable, and its parts.
        assert_eq!(spelt("\u{ac00}"), "_uac00_");
        assert_eq!(spelt("\u{1100}\u{1161}"), "_u1100__u1161_");
    }

    #[test]
    fn no_letter_is_left() {
        for c in (0x80..=0x0010_ffff).filter_map(char::from_u32) {
            let text = c.to_string();
            let spelt = spelt(&text);
            assert!(spelt.is_ascii() || !c.is_alphanumeric(), "{c}");
        }
        for table in [LATIN, LATIN_ADDITIONAL] {
            assert!(table.is_ascii());
        }
        assert_eq!((LATIN.len(), LATIN_ADDITIONAL.len()), (0xc0, 0x100));
    }
}
