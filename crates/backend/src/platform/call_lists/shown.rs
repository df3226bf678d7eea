//! `GetCallLists`

use super::super::Platform;
use super::super::catalogue::{date, page};
use super::super::failure::Failure;
use super::super::parameters::Parameters;
use outbound::{List, ListId, ListKind, ListStatus, instant_ms};
use serde_json::{Value, json};

/// Which lists are wanted: those that everything given fits.
struct Filter<'s> {
    ids: Vec<u64>,
    name: Option<&'s str>,
    is_active: Option<bool>,
    from_ms: u64,
    to_ms: u64,
    kind: Option<ListKind>,
    status: Option<&'s str>,
    /// Rules; `None` are all.
    rules: Option<Vec<u64>>,
}

/// Numbers joined by `;`; none for `all`.
fn ids(sent: &Parameters, name: &'static str) -> Result<Vec<u64>, Failure> {
    match sent.text(name) {
        Some("all" | "any") => Ok(Vec::new()),
        Some(_) | None => sent.numbers(name),
    }
}

fn moment(sent: &Parameters, name: &'static str, usual: u64) -> Result<u64, Failure> {
    let read = |text| instant_ms(text).ok_or_else(|| Failure::argument(name, "is not a time"));
    sent.text(name).map_or(Ok(usual), read)
}

impl<'s> Filter<'s> {
    async fn of(platform: &Platform, sent: &'s Parameters) -> Result<Self, Failure> {
        let rules = platform.catalogue.lock().await.rules_named(
            (&ids(sent, "rule_id")?, &sent.list("rule_name")),
            (
                &ids(sent, "application_id")?,
                &sent.list("application_name"),
            ),
        );
        let kind = match sent
            .text("type_list")
            .map(str::to_ascii_uppercase)
            .as_deref()
        {
            None => None,
            Some("AUTOMATIC") => Some(ListKind::Automatic),
            Some("MANUAL") => Some(ListKind::Manual),
            Some(_) => {
                let why = "is neither AUTOMATIC nor MANUAL";
                return Err(Failure::argument("type_list", why));
            }
        };
        Ok(Self {
            ids: ids(sent, "list_id")?,
            name: sent.text("name"),
            is_active: sent.flag("is_active")?,
            from_ms: moment(sent, "from_date", 0)?,
            to_ms: moment(sent, "to_date", u64::MAX)?,
            kind,
            status: sent.text("status"),
            rules,
        })
    }

    fn fits(&self, id: ListId, list: &List, now_ms: u64) -> bool {
        let (settings, status) = (list.settings(), list.status(now_ms));
        let is_active = match status {
            ListStatus::InProgress | ListStatus::Suspended => true,
            ListStatus::Completed | ListStatus::Canceled => false,
        };
        (self.ids.is_empty() || self.ids.contains(&id.0))
            && self.name.is_none_or(|name| settings.name.contains(name))
            && self.is_active.is_none_or(|wanted| wanted == is_active)
            && (self.from_ms..self.to_ms).contains(&settings.submitted_ms)
            && self.kind.is_none_or(|kind| kind == settings.kind)
            && self
                .status
                .is_none_or(|word| word.eq_ignore_ascii_case(status.as_str()))
            && self
                .rules
                .as_ref()
                .is_none_or(|rules| rules.contains(&settings.rule_id))
    }
}

fn shown(id: ListId, list: &List, now_ms: u64) -> Value {
    let settings = list.settings();
    let kind = match settings.kind {
        ListKind::Automatic => "AUTOMATIC",
        ListKind::Manual => "MANUAL",
    };
    let mut row = json!({
        "list_id": id, "list_name": settings.name, "priority": settings.priority,
        "rule_id": settings.rule_id, "max_simultaneous": settings.max_simultaneous,
        "num_attempts": settings.num_attempts, "interval_seconds": settings.interval_s,
        "dt_submit": date(settings.submitted_ms), "status": list.status(now_ms).as_str(),
        "task_priority_strategy": settings.order.as_str(), "type_list": kind,
        "list_custom_data": settings.custom_data,
    });
    if let Some(at_ms) = settings.completed_ms {
        row["dt_complete"] = date(at_ms).into();
    }
    if settings.start_at_ms > 0 {
        row["start_at"] = (settings.start_at_ms / 1_000).into();
    }
    row
}

/// `GetCallLists`, the newest first.
pub(super) async fn lists(platform: &Platform, sent: &Parameters) -> Result<Value, Failure> {
    let filter = Filter::of(platform, sent).await?;
    let look = platform.call_lists.look(|core, now_ms| {
        let mut rows: Vec<Value> = core
            .lists()
            .filter(|(id, list)| filter.fits(*id, list, now_ms))
            .map(|(id, list)| shown(id, list, now_ms))
            .collect();
        rows.reverse();
        rows
    });
    page(look.await?, sent)
}

/// The newest list of that name.
pub(super) async fn named(platform: &Platform, name: &str) -> Result<ListId, Failure> {
    let look = platform.call_lists.look(|core, _| {
        let named = core
            .lists()
            .filter(|(_, list)| list.settings().name == name);
        named.map(|(id, _)| id).last()
    });
    look.await?.ok_or_else(Failure::unknown_call_list)
}
