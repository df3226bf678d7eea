//! The report of one day, or of one day under two configurations, as a page
//! that needs nothing else.

use crate::Language;
use crate::chart::{COLOURS, Chart, Line, escape};
use crate::result::{HalfHour, Outcome};
use crate::words::Words;
use report::{QueueMeasures, Ratio};
use std::fmt::Write;

const STYLE: &str = "body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:960px;padding:16px;color:#1b1f24}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}figure{margin:1.5rem 0 0}figcaption span{margin-left:1rem;white-space:nowrap;font-size:.9rem}i{display:inline-block;width:18px;margin-right:6px;vertical-align:middle}.block{height:12px}.thick{height:4px}.thin{height:2px}svg{width:100%;min-width:560px;height:auto}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}.wide{overflow-x:auto}\
th,td{padding:4px 8px;text-align:right;border-bottom:1px solid #d8dee4;white-space:nowrap}\
th:first-child,td:first-child{text-align:left}p{color:#57606a}\
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px}\
.figures div{border:1px solid #d8dee4;border-radius:8px;padding:10px}.figures b{display:block;font-size:1.4rem}";

/// The page of one or two runs of the same day, each with its name.
pub fn html(
    runs: &[(&str, &Outcome)],
    interval_minutes: u64,
    service_level_s: u64,
    language: Language,
) -> String {
    let words = language.words();
    let mut page = String::new();
    let _ = write!(
        page,
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title><style>{STYLE}</style><h1>{}</h1><p>{}</p>",
        words.tag, words.title, words.title, words.explanation
    );
    for (name, outcome) in runs {
        let title = if runs.len() > 1 {
            format!("{}: {}", words.whole_day, escape(name))
        } else {
            words.whole_day.to_owned()
        };
        let _ = write!(page, "<h2>{title}</h2>");
        figures(&mut page, outcome, service_level_s, words);
    }
    let _ = write!(page, "<h2>{}</h2>", words.by_interval);
    for chart in Plots::of(runs, interval_minutes, words).all(service_level_s) {
        page.push_str(&chart.figure());
    }
    let _ = write!(page, "<p>{}</p>", words.erlang_note);
    for (name, outcome) in runs {
        let of = if runs.len() > 1 {
            format!(": {}", escape(name))
        } else {
            String::new()
        };
        let _ = write!(page, "<h2>{}{of}</h2>", words.by_queue);
        queues(&mut page, outcome, words);
        let _ = write!(page, "<h2>{}{of}</h2>", words.by_agent);
        agents(&mut page, outcome, words);
        if !outcome.reserves.is_empty() {
            let _ = write!(page, "<h2>{}{of}</h2>", words.by_reserve);
            reserves(&mut page, outcome, words);
        }
    }
    page.push_str("</html>\n");
    page
}

fn figures(page: &mut String, outcome: &Outcome, service_level_s: u64, words: &Words) {
    let callers = &outcome.totals.callers;
    let level = format!(
        "{} ({service_level_s} {})",
        words.service_level, words.seconds
    );
    let cells = [
        (words.offered, callers.offered.to_string()),
        (words.answered, callers.answered.to_string()),
        (
            words.abandoned,
            part_of(callers.abandoned, callers.abandonment),
        ),
        (words.elsewhere, elsewhere(callers).to_string()),
        (words.blocked, callers.blocked.to_string()),
        (
            words.called_back,
            format!(
                "{} / {}",
                callers.callbacks.reached, callers.callbacks.taken
            ),
        ),
        (level.as_str(), percent(callers.service_level.default)),
        (
            words.mean_wait,
            seconds(callers.wait_answered.mean_ms.value, words),
        ),
        (words.transferred, percent(callers.transferred)),
        (words.occupancy, percent(outcome.totals.occupancy)),
    ];
    page.push_str("<div class=\"figures\">");
    for (name, value) in cells {
        let _ = write!(page, "<div><b>{value}</b>{name}</div>");
    }
    page.push_str("</div>");
}

/// What the plots are made of.
struct Plots<'a> {
    runs: &'a [(&'a str, &'a Outcome)],
    words: &'static Words,
    /// The rows that are drawn: night hours in which nothing happens are not.
    rows: std::ops::Range<usize>,
    interval_ms: u64,
}

impl<'a> Plots<'a> {
    fn of(
        runs: &'a [(&'a str, &'a Outcome)],
        interval_minutes: u64,
        words: &'static Words,
    ) -> Self {
        let busy = |row: &HalfHour| row.callers.offered > 0 || row.staff > 0.0;
        let rows = runs.first().map_or(0..0, |(_, first)| {
            let start = first.intervals.iter().position(busy).unwrap_or(0);
            let end = first.intervals.iter().rposition(busy);
            start..end.map_or(start, |last| last + 1)
        });
        Self {
            runs,
            words,
            rows,
            interval_ms: interval_minutes * 60_000,
        }
    }

    fn all(&self, service_level_s: u64) -> Vec<Chart<'a>> {
        let words = self.words;
        let level = format!(
            "{} ({}: {service_level_s})",
            words.service_level, words.within_s
        );
        let levels = self.per_run(self.chart(level, words.percent, Some(105.0)), |row| {
            row.callers
                .service_level
                .default
                .value
                .map(|value| value * 100.0)
        });
        let levels = self.with_theory(levels, "Erlang C", |row| {
            row.erlang_c_service_level.map(|level| level * 100.0)
        });
        let busy = self.chart(words.occupancy.to_owned(), words.percent, Some(105.0));
        let busy = self.per_run(busy, |row| row.occupancy.value.map(|value| value * 100.0));
        let mut staff = self.chart(words.staff.to_owned(), "", None);
        staff.bars = self.bars(&[(words.staff, 2, |row| row.staff)]);
        vec![self.calls(), self.waits(), levels, busy, staff]
    }

    fn calls(&self) -> Chart<'a> {
        let words = self.words;
        let name = self.runs.first().map_or("", |(name, _)| name);
        let mut calls = self.chart(self.labelled(words.offered, name), "", None);
        let by_agents: Bar<'_> = (words.answered, 0, |row| {
            count(row.callers.answered - row.callers.answered_on_reserve)
        });
        let first = self.runs.first().map(|(_, first)| *first);
        // The colour of a reserve is that of theory, which this plot has not.
        let on_reserve: Bar<'_> = (words.on_reserve, 3, |row| {
            count(row.callers.answered_on_reserve)
        });
        let used = first.is_some_and(|first| first.totals.callers.answered_on_reserve > 0);
        let mut bars = vec![by_agents];
        bars.extend(used.then_some(on_reserve));
        bars.extend::<[Bar<'_>; 2]>([
            (words.abandoned, 1, |row| count(row.callers.abandoned)),
            (words.elsewhere, 2, |row| count(elsewhere(&row.callers))),
        ]);
        calls.bars = self.bars(&bars);
        let offered = first.into_iter().flat_map(|first| &first.intervals);
        let offered = offered.map(|row| count(row.callers.offered));
        calls.top = offered.reduce(f64::max).map(|top| top * 1.15);
        calls
    }

    fn waits(&self) -> Chart<'a> {
        let words = self.words;
        let mut waits = self.chart(words.wait.to_owned(), words.seconds, None);
        for (at, (name, outcome)) in self.runs.iter().enumerate() {
            let half = self.labelled(words.half_of_callers, name);
            waits
                .lines
                .push(self.line(half, at.min(1), true, outcome, |row| {
                    row.callers.wait_answered.p50_ms.map(in_seconds)
                }));
            let most = self.labelled(words.nine_of_ten, name);
            waits
                .lines
                .push(self.line(most, at.min(1), false, outcome, |row| {
                    row.callers.wait_answered.p90_ms.map(in_seconds)
                }));
        }
        self.with_theory(waits, "Erlang A", |row| row.erlang_a_wait_s)
    }

    /// One line for each run, labelled as the plot is.
    fn per_run(&self, mut chart: Chart<'a>, of: fn(&HalfHour) -> Option<f64>) -> Chart<'a> {
        for (at, (name, outcome)) in self.runs.iter().enumerate() {
            let label = self.labelled(&chart.caption, name);
            chart
                .lines
                .push(self.line(label, at.min(1), false, outcome, of));
        }
        chart
    }

    fn with_theory(
        &self,
        mut chart: Chart<'a>,
        name: &str,
        of: fn(&HalfHour) -> Option<f64>,
    ) -> Chart<'a> {
        if let Some((_, first)) = self.runs.first() {
            chart
                .lines
                .push(self.line(name.to_owned(), 3, true, first, of));
        }
        chart
    }

    fn labelled(&self, label: &str, name: &str) -> String {
        if self.runs.len() > 1 {
            format!("{label}: {name}")
        } else {
            label.to_owned()
        }
    }

    fn bars(&self, of: &[Bar<'_>]) -> Vec<Line> {
        let Some((_, first)) = self.runs.first() else {
            return Vec::new();
        };
        let bar = |(label, colour, value): &Bar<'_>| Line {
            label: (*label).to_owned(),
            colour: COLOURS[*colour],
            is_thin: false,
            points: self.drawn(first).map(|row| Some(value(row))).collect(),
        };
        of.iter().map(bar).collect()
    }

    fn line(
        &self,
        label: String,
        colour: usize,
        is_thin: bool,
        outcome: &Outcome,
        of: fn(&HalfHour) -> Option<f64>,
    ) -> Line {
        Line {
            label,
            colour: COLOURS[colour],
            is_thin,
            points: self.drawn(outcome).map(of).collect(),
        }
    }

    fn drawn<'o>(&self, outcome: &'o Outcome) -> impl Iterator<Item = &'o HalfHour> {
        let rows = self.rows.clone();
        outcome.intervals.iter().take(rows.end).skip(rows.start)
    }

    fn chart(&self, caption: String, unit: &'a str, top: Option<f64>) -> Chart<'a> {
        let first = self
            .runs
            .first()
            .and_then(|(_, first)| first.intervals.get(self.rows.start));
        Chart {
            caption,
            unit,
            interval_ms: self.interval_ms,
            first_ms: first.map_or(0, |row| row.from_ms),
            bars: Vec::new(),
            lines: Vec::new(),
            top,
        }
    }
}

/// Label, number of the colour, and height of a row's bar.
type Bar<'a> = (&'a str, usize, fn(&HalfHour) -> f64);

fn queues(page: &mut String, outcome: &Outcome, words: &Words) {
    let head = [
        words.queue,
        words.offered,
        words.answered,
        words.on_reserve,
        words.abandoned,
        words.elsewhere,
        words.service_level,
        words.mean_wait,
        words.longest_wait,
        words.handling,
        words.missed,
    ];
    let rows = outcome.queues.iter().map(|row| {
        let own = &row.measures;
        vec![
            row.queue.clone().unwrap_or_default(),
            own.offered.to_string(),
            own.answered.to_string(),
            own.answered_on_reserve.to_string(),
            part_of(own.abandoned, own.abandonment),
            elsewhere(own).to_string(),
            percent(own.service_level.default),
            seconds(own.wait_answered.mean_ms.value, words),
            seconds(own.wait_answered.max_ms.map(in_milliseconds), words),
            seconds(own.handling_ms.value, words),
            part_of(own.no_answer.numerator, own.no_answer),
        ]
    });
    table(page, &head, rows);
}

fn agents(page: &mut String, outcome: &Outcome, words: &Words) {
    let head = [
        words.agent,
        words.answered,
        words.missed,
        words.talk,
        words.handling,
        words.occupancy,
    ];
    let rows = outcome.agents.iter().map(|row| {
        vec![
            row.agent.clone(),
            row.answered.to_string(),
            row.missed.to_string(),
            clock(row.talking_ms),
            seconds(row.handling_ms.value, words),
            percent(row.occupancy),
        ]
    });
    table(page, &head, rows);
}

fn reserves(page: &mut String, outcome: &Outcome, words: &Words) {
    let head = [
        words.reserve,
        words.offered,
        words.answered,
        words.failed,
        words.busy,
        words.talk,
    ];
    let rows = outcome.reserves.iter().map(|row| {
        vec![
            row.reserve.clone(),
            row.offers.to_string(),
            part_of(row.answered, row.reached),
            part_of(row.failed.numerator, row.failed),
            row.busy.to_string(),
            clock(row.talk_ms.numerator),
        ]
    });
    table(page, &head, rows);
}

fn table(page: &mut String, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    page.push_str("<div class=\"wide\"><table><tr>");
    for name in head {
        let _ = write!(page, "<th>{name}</th>");
    }
    page.push_str("</tr>");
    for row in rows {
        page.push_str("<tr>");
        for cell in row {
            let _ = write!(page, "<td>{}</td>", escape(&cell));
        }
        page.push_str("</tr>");
    }
    page.push_str("</table></div>");
}

/// Calls that neither were answered nor hung up.
fn elsewhere(callers: &QueueMeasures) -> u64 {
    callers.offered - callers.answered - callers.abandoned
}

#[allow(clippy::cast_precision_loss)] // Counts of a day.
fn count(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss)] // Waits of a day.
fn in_milliseconds(ms: u64) -> f64 {
    ms as f64
}

fn in_seconds(ms: u64) -> f64 {
    in_milliseconds(ms) / 1_000.0
}

fn seconds(ms: Option<f64>, words: &Words) -> String {
    ms.map_or_else(
        || "–".to_owned(),
        |ms| format!("{:.1} {}", ms / 1_000.0, words.seconds),
    )
}

fn clock(ms: u64) -> String {
    let minutes = ms / 60_000;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

fn percent(ratio: Ratio) -> String {
    ratio
        .value
        .map_or_else(|| "–".to_owned(), |value| format!("{:.1} %", value * 100.0))
}

fn part_of(count: u64, ratio: Ratio) -> String {
    match ratio.value {
        Some(value) => format!("{count} ({:.1} %)", value * 100.0),
        None => count.to_string(),
    }
}
