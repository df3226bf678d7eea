//! The vectors of metrics.md §3.6 and the properties that hold for all.

use report::erlang::{abandoning, blocking, waiting};

fn near(found: f64, expected: f64, what: &str) {
    // The vectors are printed with four to six decimals.
    let allowed = if expected.abs() < 1.0 { 6e-7 } else { 6e-5 };
    assert!(
        (found - expected).abs() <= allowed,
        "{what}: {found} is not {expected}"
    );
}

#[test]
fn b_and_c_agree_with_the_vectors() {
    // load, agents, threshold s, handling s, B, C, service level, mean wait s, occupancy
    let table = [
        (
            10.0, 12, 20.0, 180.0, 0.119739, 0.449388, 0.640158, 40.4449, 0.833333,
        ),
        (
            10.0, 13, 20.0, 180.0, 0.084339, 0.285270, 0.795595, 17.1162, 0.769231,
        ),
        (
            100.0, 105, 20.0, 180.0, 0.048261, 0.515707, 0.704111, 18.5655, 0.952381,
        ),
        (
            0.5, 1, 20.0, 180.0, 0.333333, 0.500000, 0.527020, 180.0, 0.5,
        ),
        (
            50.0, 55, 20.0, 240.0, 0.053749, 0.384547, 0.746491, 18.4583, 0.909091,
        ),
    ];
    for (load, agents, threshold_s, handling_s, b, c, level, wait_s, occupancy) in table {
        let name = format!("{load} erlang, {agents} agents");
        near(blocking(load, agents).unwrap(), b, &name);
        let model = waiting(load, handling_s, agents).unwrap();
        near(model.wait_probability, c, &name);
        near(model.service_level(threshold_s), level, &name);
        near(model.mean_wait_s, wait_s, &name);
        near(model.occupancy, occupancy, &name);
    }
}

#[test]
fn a_agrees_with_the_vectors() {
    // arrivals per hour, handling s, patience s, agents, P(wait), P(abandon), E[W] s, E[Q], occupancy
    let table = [
        (
            200.0, 180.0, 120.0, 10, 0.496853, 0.137464, 16.4957, 0.9164, 0.862536,
        ),
        (
            200.0, 180.0, 120.0, 12, 0.279807, 0.061597, 7.3917, 0.4106, 0.782002,
        ),
        (
            2000.0, 180.0, 60.0, 100, 0.383283, 0.050509, 3.0306, 1.6836, 0.949491,
        ),
        (
            2400.0, 180.0, 120.0, 105, 0.872177, 0.130489, 15.6587, 10.4391, 0.993727,
        ),
    ];
    for (per_hour, handling_s, patience_s, agents, p_wait, p_abandon, wait_s, queue, occupancy) in
        table
    {
        let name = format!("{per_hour} calls/h, {agents} agents");
        let model = abandoning(per_hour / 3600.0, handling_s, patience_s, agents).unwrap();
        near(model.wait_probability, p_wait, &name);
        near(model.abandon_probability, p_abandon, &name);
        near(model.mean_wait_s, wait_s, &name);
        assert!((model.mean_waiting - queue).abs() <= 6e-5, "{name}: E[Q]");
        near(model.occupancy, occupancy, &name);
    }
}

#[test]
fn more_agents_block_and_wait_less_and_more_load_more() {
    for agents in 1..60 {
        for tenths in 1_u32..300 {
            let load = f64::from(tenths) / 10.0;
            let here = blocking(load, agents).unwrap();
            assert!(blocking(load, agents + 1).unwrap() < here);
            assert!(blocking(load + 0.1, agents).unwrap() > here);
            let Some(model) = waiting(load, 180.0, agents) else {
                assert!(load >= f64::from(agents));
                continue;
            };
            assert!(model.wait_probability >= here);
            let better = waiting(load, 180.0, agents + 1).unwrap();
            assert!(better.wait_probability < model.wait_probability);
            assert!(better.service_level(20.0) >= model.service_level(20.0));
            assert!(model.service_level(30.0) >= model.service_level(20.0));
        }
    }
}

#[test]
fn a_becomes_c_when_nobody_hangs_up() {
    let endless_s = 1e9;
    let a = abandoning(10.0 / 180.0, 180.0, endless_s, 12).unwrap();
    let c = waiting(10.0, 180.0, 12).unwrap();
    near(a.wait_probability, c.wait_probability, "P(wait)");
    near(a.mean_wait_s, c.mean_wait_s, "E[W]");
    assert!(a.abandon_probability < 1e-6);
}

#[test]
fn there_is_no_answer_where_the_model_has_none() {
    assert_eq!(waiting(12.0, 180.0, 12), None);
    assert_eq!(waiting(13.0, 180.0, 12), None);
    assert_eq!(waiting(f64::NAN, 180.0, 12), None);
    assert_eq!(waiting(1.0, 0.0, 12), None);
    assert_eq!(blocking(-1.0, 12), None);
    assert_eq!(abandoning(0.0, 180.0, 60.0, 10), None);
    assert_eq!(abandoning(1.0, 180.0, 60.0, 0), None);
    // A thousand agents and ten thousand erlang must not overflow.
    let crowded = abandoning(10_000.0 / 180.0, 180.0, 60.0, 1_000).unwrap();
    assert!(crowded.abandon_probability > 0.89 && crowded.occupancy > 0.999);
}
