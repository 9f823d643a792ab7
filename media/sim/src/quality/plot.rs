//! A picture of a run: the line, the estimate, what was sent, the queue and the layer over time.

use std::fmt::Write as _;
use std::time::Duration;

use super::Run;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 56.0;
const PLOT_WIDTH: f64 = WIDTH - LEFT - 16.0;
const RATES: (f64, f64) = (28.0, 180.0);
const QUEUES: (f64, f64) = (232.0, 60.0);
const LAYERS: (f64, f64) = (316.0, 40.0);
const HEIGHT: f64 = 384.0;

/// An SVG of a run's flows.
///
/// # Panics
/// Never: text can be written to a string.
#[must_use]
pub fn plot(run: &Run) -> String {
    let length = run.setting.length.as_secs_f64();
    let flows = run.setting.flows.len();
    let all = || (0..flows).flat_map(|flow| run.samples(flow, Duration::ZERO, Duration::MAX));
    let capacity = all().map(|sample| f64::from(sample.capacity_bps)).fold(0.0, f64::max);
    let most = capacity * 1.25;
    let queue = all().map(|sample| sample.queue.as_secs_f64() * 1000.0).fold(50.0, f64::max);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"11\"><title>{}</title><rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n",
        run.setting.name
    );
    text(&mut svg, LEFT, 16.0, run.setting.name);
    frame(&mut svg, RATES, &format!("{:.1} Mbit/s", most / 1e6));
    frame(&mut svg, QUEUES, &format!("{queue:.0} ms"));
    frame(&mut svg, LAYERS, "layer");
    let colours = ["#1f5fbf", "#bf5f1f"];
    for flow in 0..flows {
        let samples: Vec<_> = run.samples(flow, Duration::ZERO, Duration::MAX).collect();
        let mut line = |colour: &str,
                        dashes: &str,
                        (top, height): (f64, f64),
                        most: f64,
                        value: &dyn Fn(usize) -> f64| {
            let points = samples.iter().enumerate().step_by(2).map(|(place, sample)| {
                let x = LEFT + sample.at.as_secs_f64() / length * PLOT_WIDTH;
                (x, top + height * (1.0 - (value(place) / most).clamp(0.0, 1.0)))
            });
            let path = points.fold(String::new(), |mut path, (x, y)| {
                let sign = if path.is_empty() { 'M' } else { 'L' };
                write!(path, "{sign}{x:.0} {y:.0}").expect("a string takes it");
                path
            });
            writeln!(
                svg,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.3\" stroke-dasharray=\"{dashes}\"/>"
            )
            .expect("a string takes it");
        };
        let colour = colours[flow % 2];
        if flow == 0 {
            line("#888", "4 3", RATES, most, &|n| f64::from(samples[n].capacity_bps));
            line("#b03030", "none", QUEUES, queue, &|n| samples[n].queue.as_secs_f64() * 1000.0);
        }
        line("#2a9d4a", if flow == 0 { "none" } else { "2 2" }, RATES, most, &|n| samples[n].rate_bps);
        line(colour, "none", RATES, most, &|n| f64::from(samples[n].estimate_bps.unwrap_or(0)));
        line(colour, "none", LAYERS, 3.0, &|n| {
            samples[n].rung.map_or(0.0, |rung| f64::from(u32::try_from(rung + 1).expect("few")))
        });
    }
    text(&mut svg, LEFT, HEIGHT - 6.0, "grey: the line, blue and orange: estimates, green: sent, red: queue");
    text(&mut svg, WIDTH - 60.0, HEIGHT - 6.0, &format!("{length:.0} s"));
    svg.push_str("</svg>\n");
    svg
}

fn frame(svg: &mut String, (top, height): (f64, f64), most: &str) {
    writeln!(
        svg,
        "<rect x=\"{LEFT}\" y=\"{top}\" width=\"{PLOT_WIDTH}\" height=\"{height}\" fill=\"none\" stroke=\"#ccc\"/>"
    )
    .expect("a string takes it");
    text(svg, 4.0, top + 10.0, most);
}

fn text(svg: &mut String, x: f64, y: f64, text: &str) {
    writeln!(svg, "<text x=\"{x}\" y=\"{y}\">{text}</text>").expect("a string takes it");
}
