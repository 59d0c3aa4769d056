//! The codec that one writes by hand: the measure of the generated one.

use std::collections::BTreeMap;

use evgen_runtime::Timestamp;

use crate::events::todo::{Created, Flat, created::Priority};

/// The bytes are no such record.
#[derive(Debug)]
pub struct Malformed;

type Result<T> = std::result::Result<T, Malformed>;

pub fn encode_created(event: &Created, out: &mut Vec<u8>) {
    put_text(out, &event.id);
    put_text(out, &event.label);
    if !event.tags.is_empty() {
        put_long(out, event.tags.len() as i64);
        for tag in &event.tags {
            put_text(out, tag);
        }
    }
    out.push(0);
    put_long(out, event.priority as i64);
    match event.due {
        None => out.push(0),
        Some(due) => {
            out.push(2);
            put_long(out, due.as_millisecond());
        }
    }
    if !event.meta.is_empty() {
        put_long(out, event.meta.len() as i64);
        for (key, value) in &event.meta {
            put_text(out, key);
            put_text(out, value);
        }
    }
    out.push(0);
}

pub fn decode_created(mut input: &[u8]) -> Result<Created> {
    let input = &mut input;
    let event = Created {
        id: text(input)?,
        label: text(input)?,
        tags: {
            let mut tags = Vec::new();
            loop {
                let count = block(input)?;
                if count == 0 {
                    break tags;
                }
                tags.reserve(count);
                for _ in 0..count {
                    tags.push(text(input)?);
                }
            }
        },
        priority: match long(input)? {
            0 => Priority::Low,
            1 => Priority::Medium,
            2 => Priority::High,
            _ => return Err(Malformed),
        },
        due: match long(input)? {
            0 => None,
            1 => Some(Timestamp::from_millisecond(long(input)?).map_err(|_| Malformed)?),
            _ => return Err(Malformed),
        },
        meta: {
            let mut meta = BTreeMap::new();
            loop {
                let count = block(input)?;
                if count == 0 {
                    break meta;
                }
                for _ in 0..count {
                    meta.insert(text(input)?, text(input)?);
                }
            }
        },
    };
    if input.is_empty() {
        Ok(event)
    } else {
        Err(Malformed)
    }
}

pub fn encode_flat(event: &Flat, out: &mut Vec<u8>) {
    put_long(out, event.a);
    put_long(out, event.b);
    put_long(out, event.c.into());
    put_long(out, event.d);
    out.extend_from_slice(&event.e.to_le_bytes());
    out.extend_from_slice(&event.f.to_le_bytes());
    out.extend_from_slice(&event.g.to_le_bytes());
    out.push(event.h.into());
    out.push(event.i.into());
    put_text(out, &event.j);
    put_long(out, event.k);
    put_long(out, event.l);
}

pub fn decode_flat(mut input: &[u8]) -> Result<Flat> {
    let input = &mut input;
    let event = Flat {
        a: long(input)?,
        b: long(input)?,
        c: int(input)?,
        d: long(input)?,
        e: f64::from_le_bytes(array(input)?),
        f: f64::from_le_bytes(array(input)?),
        g: f32::from_le_bytes(array(input)?),
        h: boolean(input)?,
        i: boolean(input)?,
        j: text(input)?,
        k: long(input)?,
        l: long(input)?,
    };
    if input.is_empty() {
        Ok(event)
    } else {
        Err(Malformed)
    }
}

/// Version 1 as the latest.
pub fn decode_flat_v1(mut input: &[u8]) -> Result<Flat> {
    let input = &mut input;
    let event = Flat {
        a: long(input)?,
        b: long(input)?,
        c: int(input)?,
        d: int(input)?.into(),
        e: f64::from_le_bytes(array(input)?),
        f: f64::from_le_bytes(array(input)?),
        g: f32::from_le_bytes(array(input)?),
        h: boolean(input)?,
        i: true,
        j: text(input)?,
        k: long(input)?,
        l: -1,
    };
    if input.is_empty() {
        Ok(event)
    } else {
        Err(Malformed)
    }
}

#[inline]
fn put_long(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest > 0x7f {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[inline]
fn put_text(out: &mut Vec<u8>, text: &str) {
    put_long(out, text.len() as i64);
    out.extend_from_slice(text.as_bytes());
}

#[inline]
fn long(input: &mut &[u8]) -> Result<i64> {
    let mut value = 0u64;
    let mut shift = 0;
    loop {
        let (&byte, rest) = input.split_first().ok_or(Malformed)?;
        *input = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
        }
        shift += 7;
        if shift > 63 {
            return Err(Malformed);
        }
    }
}

#[inline]
fn int(input: &mut &[u8]) -> Result<i32> {
    long(input)?.try_into().map_err(|_| Malformed)
}

#[inline]
fn boolean(input: &mut &[u8]) -> Result<bool> {
    match array(input)? {
        [0] => Ok(false),
        [1] => Ok(true),
        _ => Err(Malformed),
    }
}

#[inline]
fn array<const N: usize>(input: &mut &[u8]) -> Result<[u8; N]> {
    let (bytes, rest) = input.split_first_chunk().ok_or(Malformed)?;
    *input = rest;
    Ok(*bytes)
}

#[inline]
fn text(input: &mut &[u8]) -> Result<String> {
    let len = usize::try_from(long(input)?).map_err(|_| Malformed)?;
    let (bytes, rest) = input.split_at_checked(len).ok_or(Malformed)?;
    *input = rest;
    Ok(std::str::from_utf8(bytes)
        .map_err(|_| Malformed)?
        .to_owned())
}

/// How many items the next block has; no more than bytes are left.
#[inline]
fn block(input: &mut &[u8]) -> Result<usize> {
    let count = long(input)?;
    if count < 0 {
        long(input)?;
    }
    let count = usize::try_from(count.unsigned_abs()).map_err(|_| Malformed)?;
    if count > input.len() {
        return Err(Malformed);
    }
    Ok(count)
}
