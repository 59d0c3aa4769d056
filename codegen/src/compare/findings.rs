//! Where rules put what they find: the manifest says how bad it is, and what is accepted.

use std::collections::HashSet;

use crate::diagnostic::category::Category;
use crate::diagnostic::codes::UNUSED_ALLOWANCE;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::model::{Model, Weight};
use crate::source::Span;

/// What rules have found.
pub(crate) struct Findings<'a> {
    now: &'a Model,
    diagnostics: Diagnostics,
    /// For each allowance whether something needed it.
    used: Vec<bool>,
    /// What was reported of shared types, which many events reach.
    seen: HashSet<(&'static str, Span, Span)>,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(now: &'a Model) -> Self {
        Self {
            now,
            diagnostics: Diagnostics::default(),
            used: vec![false; now.allowances.len()],
            seen: HashSet::new(),
        }
    }

    /// A broken rule; `None` where it is accepted, or not looked for.
    pub(crate) fn report(
        &mut self,
        rule: &'static Code,
        subject: &str,
        message: impl Into<String>,
    ) -> Option<&mut Diagnostic> {
        let category = Category::of(rule)?;
        let weight = self.now.settings.against[category as usize];
        self.weighted(rule, weight, subject, message.into())
    }

    /// As [`report`](Self::report), of what is a warning at most.
    pub(crate) fn warn(
        &mut self,
        rule: &'static Code,
        subject: &str,
        message: impl Into<String>,
    ) -> Option<&mut Diagnostic> {
        let category = Category::of(rule)?;
        let weight = match self.now.settings.against[category as usize] {
            Weight::Off => Weight::Off,
            _ => Weight::Warning,
        };
        self.weighted(rule, weight, subject, message.into())
    }

    fn weighted(
        &mut self,
        rule: &'static Code,
        weight: Weight,
        subject: &str,
        message: String,
    ) -> Option<&mut Diagnostic> {
        let mut allowed = false;
        for (allowance, used) in self.now.allowances.iter().zip(&mut self.used) {
            if allowance.covers(rule, subject) {
                *used = true;
                allowed = true;
            }
        }
        match weight {
            _ if allowed => None,
            Weight::Off => None,
            Weight::Warning => Some(self.diagnostics.warning(rule, message)),
            Weight::Error => Some(self.diagnostics.error(rule, message)),
        }
    }

    /// Whether a rule says this of two places for the first time.
    pub(crate) fn is_new(&mut self, rule: &'static Code, before: Span, now: Span) -> bool {
        self.seen.insert((rule.id, before, now))
    }

    /// All of them; says which allowances nothing needed.
    pub(crate) fn finish(mut self) -> Diagnostics {
        for (allowance, used) in self.now.allowances.iter().zip(self.used) {
            if !used {
                let subject = &allowance.subject;
                self.diagnostics
                    .warning(
                        &UNUSED_ALLOWANCE,
                        format!(
                            "nothing of `{}` breaks {}",
                            subject.value, allowance.rule.value.id
                        ),
                    )
                    .primary(subject.span, "allowed here");
            }
        }
        self.diagnostics
    }
}
