//! Time of each codec over that of the one written by hand: medians over rounds in which all take turns, since the noise of
//! a machine is slower than a round. Prints the tables of docs/performance.md.

use std::hint::black_box;
use std::time::Instant;

use evgen_codec_peers::events::todo::{self, nodes};
use evgen_codec_peers::{hand, samples};
use evgen_runtime::Event as _;
use evgen_runtime::codec::avro;
use prost::Message as _;
use serde_avro_fast::ser::SerializerConfig;
use serde_avro_fast::{Schema, from_datum_slice, to_datum};

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::writer::datum::GenericDatumWriter;

fn apache_writer(schema: &apache_avro::Schema) -> GenericDatumWriter<'_> {
    GenericDatumWriter::builder(schema)
        .build()
        .expect("it is Avro")
}

fn apache_reader(schema: &apache_avro::Schema) -> GenericDatumReader<'_> {
    GenericDatumReader::builder(schema)
        .build()
        .expect("it is Avro")
}

const ROUNDS: usize = 301;
const CALLS: u32 = 500;

/// A name, and what is timed.
type Contender<'a> = (&'static str, Box<dyn FnMut() + 'a>);

fn main() {
    let (created, flat) = (samples::created(), samples::flat());
    let (serde_created, serde_flat) = (samples::serde_created(), samples::serde_flat());
    let (serde_created, serde_flat) = (&serde_created, &serde_flat);
    let (prost_created, prost_flat) = (samples::prost_created(), samples::prost_flat());
    let schema = |event: &evgen_runtime::EventDescriptor| -> Schema {
        event
            .latest()
            .expect("it has a schema")
            .schema
            .parse()
            .expect("it is Avro")
    };
    let created_schema = schema(todo::Created::DESCRIPTOR);
    let flat_schema = schema(todo::Flat::DESCRIPTOR);
    let apache = |event: &evgen_runtime::EventDescriptor| {
        let text = event.latest().expect("it has a schema").schema;
        apache_avro::Schema::parse_str(text).expect("it is Avro")
    };
    let (apache_created_schema, apache_flat_schema) = (
        apache(todo::Created::DESCRIPTOR),
        apache(todo::Flat::DESCRIPTOR),
    );
    let apache_created = apache_writer(&apache_created_schema);
    let apache_flat = apache_writer(&apache_flat_schema);
    let apache_created_reader = apache_reader(&apache_created_schema);
    let apache_flat_reader = apache_reader(&apache_flat_schema);
    let created_bytes = by_hand(|out| hand::encode_created(&created, out));
    let flat_bytes = by_hand(|out| hand::encode_flat(&flat, out));
    // Nobody is measured on other bytes.
    assert_eq!(created_bytes, generated(&created));
    assert_eq!(flat_bytes, generated(&flat));
    let mut config = SerializerConfig::new(&created_schema);
    assert_eq!(
        created_bytes,
        to_datum(&serde_created, Vec::new(), &mut config).expect("it fits")
    );
    let old_bytes = old_flat(&flat);
    let (prost_created_bytes, prost_flat_bytes) =
        (prost_created.encode_to_vec(), prost_flat.encode_to_vec());

    table(
        "Created, encode",
        vec![
            encoder("by hand", |out| {
                hand::encode_created(black_box(&created), out)
            }),
            encoder("evgen", |out| {
                avro::encode(black_box(&created), out).expect("it fits")
            }),
            {
                let mut config = SerializerConfig::new(&created_schema);
                encoder("serde_avro_fast", move |out| {
                    *out = to_datum(black_box(serde_created), std::mem::take(out), &mut config)
                        .expect("it fits");
                })
            },
            encoder("apache-avro", |out| {
                apache_created
                    .write_ser(out, black_box(serde_created))
                    .map(drop)
                    .expect("it fits");
            }),
            encoder("prost", |out| prost_created.encode(out).expect("it fits")),
        ],
    );
    table(
        "Created, decode",
        vec![
            decoder("by hand", || {
                hand::decode_created(black_box(&created_bytes)).expect("it fits")
            }),
            decoder("evgen", || {
                avro::decode::<todo::Created>(black_box(&created_bytes)).expect("it fits")
            }),
            decoder("serde_avro_fast", || {
                from_datum_slice::<samples::SerdeCreated>(
                    black_box(&created_bytes),
                    &created_schema,
                )
                .expect("it fits")
            }),
            decoder("apache-avro", || {
                apache_created_reader
                    .read_deser::<samples::SerdeCreated>(&mut black_box(&*created_bytes))
                    .expect("it fits")
            }),
            decoder("prost", || {
                samples::ProstCreated::decode(black_box(&*prost_created_bytes)).expect("it fits")
            }),
        ],
    );
    table(
        "Flat, encode",
        vec![
            encoder("by hand", |out| hand::encode_flat(black_box(&flat), out)),
            encoder("evgen", |out| {
                avro::encode(black_box(&flat), out).expect("it fits")
            }),
            {
                let mut config = SerializerConfig::new(&flat_schema);
                encoder("serde_avro_fast", move |out| {
                    *out = to_datum(black_box(serde_flat), std::mem::take(out), &mut config)
                        .expect("it fits");
                })
            },
            encoder("apache-avro", |out| {
                apache_flat
                    .write_ser(out, black_box(serde_flat))
                    .map(drop)
                    .expect("it fits");
            }),
            encoder("prost", |out| prost_flat.encode(out).expect("it fits")),
        ],
    );
    table(
        "Flat, decode",
        vec![
            decoder("by hand", || {
                hand::decode_flat(black_box(&flat_bytes)).expect("it fits")
            }),
            decoder("evgen", || {
                avro::decode::<todo::Flat>(black_box(&flat_bytes)).expect("it fits")
            }),
            decoder("serde_avro_fast", || {
                from_datum_slice::<samples::SerdeFlat>(black_box(&flat_bytes), &flat_schema)
                    .expect("it fits")
            }),
            decoder("apache-avro", || {
                apache_flat_reader
                    .read_deser::<samples::SerdeFlat>(&mut black_box(&*flat_bytes))
                    .expect("it fits")
            }),
            decoder("prost", || {
                samples::ProstFlat::decode(black_box(&*prost_flat_bytes)).expect("it fits")
            }),
        ],
    );
    let old = nodes::FLAT_READS[0].as_ref().expect("version 1 is read");
    let latest = nodes::FLAT_READS[1].as_ref().expect("version 2 is read");
    table(
        "Flat, decode of version 1 as version 2",
        vec![
            decoder("by hand", || {
                hand::decode_flat_v1(black_box(&old_bytes)).expect("it fits")
            }),
            decoder("evgen", || {
                avro::decode_by::<todo::Flat>(old, black_box(&old_bytes)).expect("it fits")
            }),
            decoder("evgen, version 2 as it is", || {
                avro::decode_by::<todo::Flat>(latest, black_box(&flat_bytes)).expect("it fits")
            }),
        ],
    );
}

/// What version 1 would have written.
fn old_flat(flat: &todo::Flat) -> Vec<u8> {
    let whole = generated(flat);
    // Without `i`, one byte behind `h`, and without `l`, two at the end.
    let text = whole
        .windows(6)
        .position(|bytes| bytes == b"twelve")
        .expect("the text is there");
    let (before, after) = whole.split_at(text - 2);
    [before, &after[1..after.len() - 2]].concat()
}

fn by_hand(encode: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::new();
    encode(&mut out);
    out
}

fn generated(event: &dyn avro::Avro) -> Vec<u8> {
    let mut out = Vec::new();
    avro::encode(event, &mut out).expect("it fits");
    out
}

fn encoder<'a>(name: &'static str, mut encode: impl FnMut(&mut Vec<u8>) + 'a) -> Contender<'a> {
    let mut out = Vec::with_capacity(1024);
    (
        name,
        Box::new(move || {
            out.clear();
            encode(&mut out);
            black_box(&out);
        }),
    )
}

fn decoder<'a, T: 'a>(name: &'static str, decode: impl Fn() -> T + 'a) -> Contender<'a> {
    (name, Box::new(move || drop(black_box(decode()))))
}

fn table(title: &str, mut contenders: Vec<Contender<'_>>) {
    let mut times = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for _ in 0..ROUNDS {
        for ((_, run), times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for _ in 0..CALLS {
                run();
            }
            times.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
        }
    }
    let medians: Vec<_> = times
        .iter_mut()
        .map(|times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2]
        })
        .collect();
    println!("{title}");
    for ((name, _), median) in contenders.iter().zip(&medians) {
        println!("  {name:<28}{:>6.2}  ({median:.0} ns)", median / medians[0]);
    }
}
