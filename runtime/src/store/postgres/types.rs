//! Times as PostgreSQL counts them: microseconds since 2000.

use jiff::Timestamp;
use sqlx::encode::{Encode, IsNull};
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo};
use sqlx::{Postgres, Type};

/// 2000-01-01 in microseconds since 1970.
const EPOCH: i64 = 946_684_800_000_000;
/// The first microsecond that PostgreSQL can tell: in the year 4714 BC.
const FIRST: i64 = -211_813_488_000_000_000;

/// A `timestamptz`.
#[derive(Clone, Copy)]
pub(super) struct Time(i64);

impl Time {
    /// `None`: PostgreSQL does not reach that far back.
    pub(super) fn from_micros(micros: i64) -> Option<Self> {
        let time = micros.checked_sub(EPOCH)?;
        (time >= FIRST).then_some(Self(time))
    }

    /// As the bound of a range: the least and greatest number are infinite.
    pub(super) fn bound(micros: i64) -> Self {
        match micros {
            i64::MAX => Self(i64::MAX),
            micros => Self::from_micros(micros).unwrap_or(Self(i64::MIN)),
        }
    }

    /// The time that PostgreSQL sends as `time`.
    pub(super) fn read(time: i64) -> Option<Timestamp> {
        Timestamp::from_microsecond(time.checked_add(EPOCH)?).ok()
    }
}

impl Type<Postgres> for Time {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1184))
    }
}

impl PgHasArrayType for Time {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(1185))
    }
}

impl Encode<'_, Postgres> for Time {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.0.to_be_bytes());
        Ok(IsNull::No)
    }
}
