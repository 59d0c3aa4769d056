//! One value of each shape, as every contender has it.

use std::collections::BTreeMap;

use evgen_runtime::Timestamp;
use serde::{Deserialize, Serialize};

use crate::events::todo::{self, created::Priority};

const ID: &str = "0198f3a4-5b6c-7d8e-9f00-112233445566";
const LABEL: &str = "Buy milk, bread and eggs";
const TAGS: [&str; 3] = ["home", "shopping", "this-week"];
const META: [(&str, &str); 2] = [("channel", "web"), ("session", "a1b2c3d4")];
const DUE: i64 = 1_764_000_000_123;

/// For serde_avro_fast and apache-avro.
#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "Created")]
pub struct SerdeCreated {
    pub id: String,
    pub label: String,
    pub tags: Vec<String>,
    pub priority: SerdePriority,
    pub due: Option<i64>,
    pub meta: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug, Clone, Copy)]
#[serde(rename_all = "UPPERCASE")]
pub enum SerdePriority {
    Low,
    Medium,
    High,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(rename = "Flat")]
pub struct SerdeFlat {
    pub a: i64,
    pub b: i64,
    pub c: i32,
    pub d: i64,
    pub e: f64,
    pub f: f64,
    pub g: f32,
    pub h: bool,
    pub i: bool,
    pub j: String,
    pub k: i64,
    pub l: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ProstCreated {
    #[prost(string, tag = "1")]
    pub id: String,
    #[prost(string, tag = "2")]
    pub label: String,
    #[prost(string, repeated, tag = "3")]
    pub tags: Vec<String>,
    #[prost(int32, tag = "4")]
    pub priority: i32,
    #[prost(sint64, optional, tag = "5")]
    pub due: Option<i64>,
    #[prost(btree_map = "string, string", tag = "6")]
    pub meta: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ProstFlat {
    #[prost(sint64, tag = "1")]
    pub a: i64,
    #[prost(sint64, tag = "2")]
    pub b: i64,
    #[prost(sint32, tag = "3")]
    pub c: i32,
    #[prost(sint64, tag = "4")]
    pub d: i64,
    #[prost(double, tag = "5")]
    pub e: f64,
    #[prost(double, tag = "6")]
    pub f: f64,
    #[prost(float, tag = "7")]
    pub g: f32,
    #[prost(bool, tag = "8")]
    pub h: bool,
    #[prost(bool, tag = "9")]
    pub i: bool,
    #[prost(string, tag = "10")]
    pub j: String,
    #[prost(sint64, tag = "11")]
    pub k: i64,
    #[prost(sint64, tag = "12")]
    pub l: i64,
}

pub fn created() -> todo::Created {
    todo::Created {
        id: ID.into(),
        label: LABEL.into(),
        tags: TAGS.map(String::from).into(),
        priority: Priority::High,
        due: Timestamp::from_millisecond(DUE).ok(),
        meta: meta(),
    }
}

pub fn flat() -> todo::Flat {
    todo::Flat {
        a: 1_764_000_000_123,
        b: -42,
        c: 123_456,
        d: 7,
        e: 0.1,
        f: -1.5e300,
        g: 2.5,
        h: true,
        i: false,
        j: "twelve fields, one text".into(),
        k: 9_007_199_254_740_993,
        l: 300,
    }
}

pub fn serde_created() -> SerdeCreated {
    SerdeCreated {
        id: ID.into(),
        label: LABEL.into(),
        tags: TAGS.map(String::from).into(),
        priority: SerdePriority::High,
        due: Some(DUE),
        meta: meta(),
    }
}

pub fn serde_flat() -> SerdeFlat {
    let todo::Flat {
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
    } = flat();
    SerdeFlat {
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
    }
}

pub fn prost_created() -> ProstCreated {
    ProstCreated {
        id: ID.into(),
        label: LABEL.into(),
        tags: TAGS.map(String::from).into(),
        priority: 2,
        due: Some(DUE),
        meta: meta(),
    }
}

pub fn prost_flat() -> ProstFlat {
    let todo::Flat {
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
    } = flat();
    ProstFlat {
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        l,
    }
}

fn meta() -> BTreeMap<String, String> {
    META.into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
