//! Fields of every JSON type.

use evgen_runtime::prelude::*;
use serde_json::{Map, Value, json};

use super::events::project;
use super::{Attributes, member};

/// A project.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    name: String,
    /// What its first event had; beside the settings nothing of it changes.
    created: project::Created,
    settings: Map<String, Value>,
    metrics: Vec<project::metrics_recorded::Values>,
    milestones: Vec<Value>,
    budget: Value,
    approved_at: Value,
    approved_by: Value,
    flag: Option<bool>,
    archived_reason: Option<String>,
}

impl Project {
    /// The number as its text: it may be longer than any Rust integer.
    #[must_use]
    pub fn serial(&self) -> Option<&str> {
        self.created.data.get("serial")
    }
}

impl project::Mutator for Project {
    fn created(event: &project::Created, _: &EventContext) -> Self {
        Self {
            name: member(&event.data, "name")
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            settings: object(member(&event.data, "settings")),
            created: event.clone(),
            metrics: Vec::new(),
            milestones: Vec::new(),
            budget: Value::Null,
            approved_at: Value::Null,
            approved_by: Value::Null,
            flag: None,
            archived_reason: None,
        }
    }

    fn renamed(&mut self, event: &project::Renamed, _: &EventContext) {
        self.name.clone_from(&event.name);
    }

    fn settings_merged(&mut self, event: &project::SettingsMerged, _: &EventContext) {
        self.settings
            .extend(object(member(&event.data, "settings")));
    }

    fn metrics_recorded(&mut self, event: &project::MetricsRecorded, _: &EventContext) {
        self.metrics.extend(event.values.iter().cloned());
    }

    fn budget_approved(&mut self, event: &project::BudgetApproved, _: &EventContext) {
        self.budget = member(&event.data, "amount");
        self.approved_at = member(&event.data, "approved_at");
        self.approved_by = member(&event.data, "approved_by");
    }

    fn milestone_added(&mut self, event: &project::MilestoneAdded, _: &EventContext) {
        let of = |key| member(&event.data, key);
        self.milestones
            .push(json!({"title": of("title"), "due": of("due"), "at": of("at")}));
    }

    fn milestone_dropped(&mut self, event: &project::MilestoneDropped, _: &EventContext) {
        if let Ok(index) = usize::try_from(event.index)
            && index < self.milestones.len()
        {
            self.milestones.remove(index);
        }
    }

    fn flag_set(&mut self, event: &project::FlagSet, _: &EventContext) {
        self.flag = event.flag;
    }

    fn archived(&mut self, event: &project::Archived, _: &EventContext) {
        self.archived_reason = Some(event.reason.clone());
    }
}

impl Attributes for Project {
    fn attributes(&self) -> Value {
        let created = |key| member(&self.created.data, key);
        let metric = |value: &project::metrics_recorded::Values| match value {
            project::metrics_recorded::Values::Long(value) => json!(value),
            project::metrics_recorded::Values::Double(value) => json!(value),
        };
        json!({
            "name": self.name,
            "description": created("description"),
            "tags": created("tags"),
            "settings": self.settings,
            "public": created("public"),
            "score": created("score"),
            "serial": created("serial"),
            "metrics": self.metrics.iter().map(metric).collect::<Vec<_>>(),
            "milestones": self.milestones,
            "budget": self.budget,
            "approved_at": self.approved_at,
            "approved_by": self.approved_by,
            "flag": self.flag,
            "archived_reason": self.archived_reason,
        })
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
