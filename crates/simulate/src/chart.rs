//! One plot over the time of day, as SVG.

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::fmt::Write;

type Drawn<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Problem = Box<dyn std::error::Error>;

const SIZE: (u32, u32) = (900, 300);
/// Colours that differ for readers who do not see red and green apart.
pub(crate) const COLOURS: [RGBColor; 4] = [
    RGBColor(0, 90, 181),
    RGBColor(220, 50, 32),
    RGBColor(120, 120, 120),
    RGBColor(230, 159, 0),
];

/// One line of a plot. A point without a value breaks it.
pub(crate) struct Line {
    pub(crate) label: String,
    pub(crate) colour: RGBColor,
    /// Drawn thin: what theory expects, or the day that is compared with.
    pub(crate) is_thin: bool,
    pub(crate) points: Vec<Option<f64>>,
}

/// What is drawn: lines over the time of day, or bars below them.
pub(crate) struct Chart<'a> {
    pub(crate) caption: String,
    pub(crate) unit: &'a str,
    pub(crate) interval_ms: u64,
    /// The first row that is drawn, after midnight.
    pub(crate) first_ms: u64,
    pub(crate) bars: Vec<Line>,
    pub(crate) lines: Vec<Line>,
    /// The upper end, when the measure has one.
    pub(crate) top: Option<f64>,
}

impl Chart<'_> {
    /// The plot with its caption and what its colours mean; nothing if it
    /// cannot be drawn.
    pub(crate) fn figure(&self) -> String {
        let mut svg = String::new();
        if self.draw(&mut svg).is_err() {
            return String::new();
        }
        let mut keys = String::new();
        let bars = self.bars.iter().map(|bar| (bar, "block"));
        let lines = self.lines.iter().map(|line| {
            let kind = if line.is_thin { "thin" } else { "thick" };
            (line, kind)
        });
        for (line, kind) in bars.chain(lines) {
            let RGBColor(red, green, blue) = line.colour;
            let label = escape(&line.label);
            let _ = write!(
                keys,
                "<span><i class=\"{kind}\" style=\"background:rgb({red},{green},{blue})\"></i>{label}</span>"
            );
        }
        let unit = if self.unit.is_empty() {
            String::new()
        } else {
            format!(", {}", self.unit)
        };
        format!(
            "<figure><figcaption><b>{}{unit}</b>{keys}</figcaption><div class=\"wide\">{svg}</div></figure>",
            escape(&self.caption)
        )
    }

    #[allow(clippy::cast_precision_loss)] // Rows of a day.
    fn draw(&self, text: &mut String) -> Result<(), Problem> {
        let rows = self
            .bars
            .iter()
            .chain(&self.lines)
            .map(|line| line.points.len());
        let rows = rows.max().unwrap_or(0).max(1);
        let values = self
            .bars
            .iter()
            .chain(&self.lines)
            .flat_map(|line| &line.points);
        let highest = values
            .flatten()
            .fold(0.0_f64, |high, value| high.max(*value));
        let top = self.top.unwrap_or(highest * 1.1).max(1e-9);
        let area = SVGBackend::with_string(text, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .margin_right(28)
            .x_label_area_size(32)
            .y_label_area_size(40)
            .build_cartesian_2d(0.0..rows as f64, 0.0..top)?;
        let clock = |row: &f64| self.clock(*row);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(rows.min(13))
            .x_label_formatter(&clock)
            .y_label_formatter(&|value| format!("{value:.0}"))
            .label_style(("sans-serif", 13))
            .light_line_style(WHITE)
            .draw()?;
        self.draw_bars(&mut chart, rows)?;
        self.draw_lines(&mut chart)?;
        area.present()?;
        drop(chart);
        drop(area);
        Ok(())
    }

    #[allow(clippy::cast_precision_loss)] // Rows of a day.
    fn draw_bars(&self, chart: &mut Drawn<'_, '_>, rows: usize) -> Result<(), Problem> {
        let mut floor = vec![0.0; rows];
        for bar in &self.bars {
            let blocks: Vec<_> = bar
                .points
                .iter()
                .enumerate()
                .map(|(row, value)| {
                    let (low, high) = (floor[row], floor[row] + value.unwrap_or(0.0));
                    floor[row] = high;
                    let corners = [(row as f64 + 0.1, low), (row as f64 + 0.9, high)];
                    Rectangle::new(corners, bar.colour.filled())
                })
                .collect();
            chart.draw_series(blocks)?;
        }
        Ok(())
    }

    fn draw_lines(&self, chart: &mut Drawn<'_, '_>) -> Result<(), Problem> {
        for line in &self.lines {
            let width = if line.is_thin { 1 } else { 3 };
            let style = line.colour.stroke_width(width);
            for piece in pieces(&line.points) {
                chart.draw_series(LineSeries::new(piece, style))?;
            }
        }
        Ok(())
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )] // A time of day.
    fn clock(&self, row: f64) -> String {
        let minutes = (self.first_ms as f64 + row * self.interval_ms as f64) / 60_000.0;
        let minutes = minutes.round() as u64;
        format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
    }
}

/// The stretches of a line that have values, each point in its row's middle.
#[allow(clippy::cast_precision_loss)] // Rows of a day.
fn pieces(points: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
    let mut pieces = vec![Vec::new()];
    for (row, value) in points.iter().enumerate() {
        match (value, pieces.last_mut()) {
            (Some(value), Some(piece)) => piece.push((row as f64 + 0.5, *value)),
            (None, Some(piece)) if !piece.is_empty() => pieces.push(Vec::new()),
            _ => {}
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Text as it may stand in a page.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
