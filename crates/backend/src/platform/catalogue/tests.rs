use super::*;

fn of(pairs: &[(&str, &str)]) -> Parameters {
    let mut sent = Parameters::default();
    for (name, value) in pairs {
        sent.set((*name).into(), (*value).into());
    }
    sent
}

fn catalogue() -> Catalogue {
    let rule = ConfiguredRule {
        name: "support".into(),
        pattern: "100".into(),
        exclude: None,
        scenarios: vec!["call-centre.js".into()],
        conference: false,
    };
    Catalogue::new(vec![rule], BTreeMap::new())
}

/// An application, a scenario and a rule that binds it; their ids.
fn filled(catalogue: &mut Catalogue) -> (u64, u64, u64) {
    let app = catalogue
        .add_application(&of(&[("application_name", "shop")]), 1_000)
        .unwrap();
    let app = app["application_id"].as_u64().unwrap();
    let sent = of(&[("scenario_name", "hello"), ("scenario_script", "var a;")]);
    let scenario = catalogue.add_scenario(&sent, 1_000).unwrap()["scenario_id"]
        .as_u64()
        .unwrap();
    let sent = of(&[
        ("application_name", "shop.any.voximplant.com"),
        ("rule_name", "greet"),
        ("rule_pattern", "2.."),
        ("scenario_id", &scenario.to_string()),
    ]);
    let rule = catalogue.add_rule(&sent, 1_000).unwrap()["rule_id"]
        .as_u64()
        .unwrap();
    (app, scenario, rule)
}

fn published(catalogue: &Catalogue) -> Value {
    serde_json::from_str(&catalogue.publication().body).unwrap()
}

#[test]
fn what_is_uploaded_is_published_and_comes_back_from_its_rows() {
    let mut first = catalogue();
    assert_eq!(first.publication().version, "");
    filled(&mut first);
    let told = published(&first);
    assert_eq!(told["rules"][0]["name"], "greet");
    assert_eq!(told["rules"][0]["scenarios"], json!(["hello"]));
    assert_eq!(told["scenarios"]["hello"], "var a;");

    let mut rows = BTreeMap::new();
    for (id, object) in first.take_changes() {
        let text = object.map(|object| serde_json::to_string(&object).unwrap());
        match text {
            Some(text) => rows.insert(id, serde_json::from_str(&text).unwrap()),
            None => rows.remove(&id),
        };
    }
    let again = Catalogue::new(Vec::new(), rows);
    assert_eq!(again.publication().version, first.publication().version);
}

#[test]
fn a_rule_is_in_force_only_with_scenarios_and_in_its_place() {
    let mut catalogue = catalogue();
    let (app, scenario, first) = filled(&mut catalogue);
    let sent = of(&[
        ("application_id", &app.to_string()),
        ("rule_name", "second"),
        ("rule_pattern", "2.*"),
    ]);
    let second = catalogue.add_rule(&sent, 0).unwrap()["rule_id"]
        .as_u64()
        .unwrap();
    assert_eq!(published(&catalogue)["rules"].as_array().unwrap().len(), 1);
    let failure = catalogue
        .rule_to_start(&of(&[("rule_name", "second")]))
        .unwrap_err();
    assert_eq!(failure.code, 101);
    let bind = of(&[
        ("rule_id", &second.to_string()),
        ("scenario_id", &scenario.to_string()),
    ]);
    catalogue.bind_scenario(&bind, 0).unwrap();
    let order = format!("{second};{first}");
    catalogue
        .reorder_rules(&of(&[("rule_id", &order)]), 0)
        .unwrap();
    let told = published(&catalogue);
    assert_eq!(told["rules"][0]["name"], "second");
    assert_eq!(told["rules"][1]["name"], "greet");
    catalogue
        .del_scenario(&of(&[("scenario_name", "hello")]), 0)
        .unwrap();
    assert_eq!(published(&catalogue)["rules"], json!([]));
}

#[test]
fn the_rules_of_the_configuration_come_first_and_stay_as_they_are() {
    let mut catalogue = catalogue();
    filled(&mut catalogue);
    let rows = catalogue
        .get_rules(&of(&[("with_scenarios", "True")]))
        .unwrap();
    assert_eq!(rows["total_count"], 2);
    assert_eq!(rows["result"][0]["rule_id"], 1);
    assert_eq!(
        rows["result"][0]["scenarios"][0]["scenario_name"],
        "call-centre.js"
    );
    assert_eq!(
        catalogue.get_rules(&of(&[("template", "205")])).unwrap()["result"][0]["rule_name"],
        "greet"
    );
    assert_eq!(
        catalogue.get_rules(&of(&[("template", "300")])).unwrap()["total_count"],
        0
    );
    let failure = catalogue
        .set_rule(&of(&[("rule_id", "1"), ("rule_name", "x")]), 0)
        .unwrap_err();
    assert_eq!(failure.code, 104);
    let started = catalogue.rule_to_start(&of(&[("rule_id", "1")])).unwrap();
    assert_eq!(
        (started.application_id, started.name.as_str()),
        (1, "support")
    );
    let sent = of(&[("application_id", "1"), ("rule_name", "support")]);
    assert_eq!(catalogue.add_rule(&sent, 0).unwrap_err().code, 101);
}

#[test]
fn what_is_wrong_is_named_with_code_101() {
    let mut catalogue = catalogue();
    let (app, _, _) = filled(&mut catalogue);
    let app = app.to_string();
    let (long_name, long_text) = ("x".repeat(30), "x".repeat(128 * 1_024));
    type Act = fn(&mut Catalogue, &Parameters, u64) -> Result<Value, Failure>;
    type Case<'a> = (Act, &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 9] = [
        (
            Catalogue::add_scenario,
            &[("scenario_script", "1")],
            "scenario_name",
        ),
        (
            Catalogue::add_scenario,
            &[("scenario_name", "hello"), ("scenario_script", "1")],
            "scenario_name",
        ),
        (
            Catalogue::add_scenario,
            &[("scenario_name", &long_name), ("scenario_script", "1")],
            "scenario_name",
        ),
        (
            Catalogue::add_scenario,
            &[("scenario_name", "big"), ("scenario_script", &long_text)],
            "scenario_script",
        ),
        (
            Catalogue::add_rule,
            &[
                ("application_id", &app),
                ("rule_name", "bad"),
                ("rule_pattern", "1("),
            ],
            "rule_pattern",
        ),
        (
            Catalogue::add_rule,
            &[("application_id", "77"), ("rule_name", "bad")],
            "application_id",
        ),
        (
            Catalogue::add_rule,
            &[("application_id", &app), ("rule_name", "greet")],
            "rule_name",
        ),
        (
            Catalogue::bind_scenario,
            &[("rule_name", "greet"), ("scenario_id", "5")],
            "scenario_id",
        ),
        (
            Catalogue::add_secret,
            &[("secret_name", "a b"), ("secret_value", "1")],
            "secret_name",
        ),
    ];
    for (act, sent, field) in cases {
        let failure = act(&mut catalogue, &of(sent), 0).unwrap_err();
        assert_eq!(failure.code, 101, "{sent:?}");
        assert!(
            failure.message.contains(&format!("`{field}`")),
            "{}",
            failure.message
        );
    }
}

#[test]
fn rewrite_replaces_a_text_and_ids_are_never_given_twice() {
    let mut catalogue = catalogue();
    let (app, scenario, rule) = filled(&mut catalogue);
    let sent = of(&[
        ("scenario_name", "hello"),
        ("scenario_script", "var b;"),
        ("rewrite", "true"),
    ]);
    assert_eq!(
        catalogue.add_scenario(&sent, 5_000).unwrap()["scenario_id"],
        scenario
    );
    let sent = of(&[
        ("scenario_id", &scenario.to_string()),
        ("with_script", "true"),
    ]);
    let row = catalogue.get_scenarios(&sent).unwrap()["result"][0].clone();
    assert_eq!(row["scenario_script"], "var b;");
    assert_eq!(row["modified"], "1970-01-01 00:00:05");
    catalogue
        .del_rule(&of(&[("rule_id", &rule.to_string())]))
        .unwrap();
    let sent = of(&[("application_id", &app.to_string()), ("rule_name", "greet")]);
    assert!(
        catalogue.add_rule(&sent, 0).unwrap()["rule_id"]
            .as_u64()
            .unwrap()
            > rule
    );
}

#[test]
fn secrets_are_listed_without_their_values() {
    let mut catalogue = catalogue();
    let sent = of(&[("secret_name", "KEY"), ("secret_value", "hidden")]);
    catalogue.add_secret(&sent, 0).unwrap();
    let listed = catalogue.get_secrets(&of(&[])).unwrap().to_string();
    assert!(
        listed.contains("KEY") && !listed.contains("hidden"),
        "{listed}"
    );
    let value = catalogue
        .get_secret_value(&of(&[("secret_name", "KEY")]))
        .unwrap();
    assert_eq!(value["result"][0]["secret_value"], "hidden");
    assert_eq!(published(&catalogue)["secrets"]["KEY"], "hidden");
    catalogue
        .del_secret(&of(&[("secret_name", "KEY")]))
        .unwrap();
    assert_eq!(published(&catalogue)["secrets"], json!({}));
}
