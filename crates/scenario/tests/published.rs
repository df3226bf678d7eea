//! What we tell scenario authors is true: types/voxengine.d.ts has what is there,
//! and the samples of docs/scenarios.md run.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use script_log::Run;

const TYPINGS: &str = concat!(
    include_str!("../../../types/voxengine.d.ts"),
    include_str!("../../../types/enumerations.d.ts"),
    include_str!("../../../types/transfers.d.ts"),
    include_str!("../../../types/listening.d.ts"),
    include_str!("../../../types/phone-numbers.d.ts"),
    include_str!("../../../types/ivr.d.ts"),
    include_str!("../../../types/network.d.ts"),
);
const GUIDE: &str = include_str!("../../../docs/scenarios.md");

fn names(expression: &str) -> Vec<String> {
    let mut run = Run::api(&format!("Logger.write(({expression}).join());"));
    let lines = run.look();
    let text = lines[0].strip_prefix("script: ").unwrap().to_owned();
    text.split(',').map(str::to_owned).collect()
}

#[test]
fn every_function_of_every_namespace_is_declared() {
    for namespace in [
        "VoxEngine",
        "Net",
        "Crypto",
        "Logger",
        "ApplicationStorage",
        "IVR",
    ] {
        for name in names(&format!("Object.keys({namespace})")) {
            // The old names, and the namespace that older releases put into another.
            if ["delete", "CallList"].contains(&name.as_str()) {
                continue;
            }
            let declared = TYPINGS.contains(&format!("function {name}("))
                || TYPINGS.contains(&format!("function {name}<"))
                || TYPINGS.contains(&format!("let {name}: "))
                || TYPINGS.contains(&format!("class {name} "));
            assert!(declared, "{namespace}.{name} is not in voxengine.d.ts");
        }
    }
}

#[test]
fn every_event_is_declared_with_its_value() {
    for events in ["AppEvents", "CallEvents", "PlayerEvents"] {
        let pairs = format!("Object.entries({events}).map(([k, v]) => `${{k}} = '${{v}}'`)");
        for pair in names(&pairs) {
            assert!(
                TYPINGS.contains(&pair),
                "{events}.{pair} is not in voxengine.d.ts"
            );
        }
    }
}

#[test]
fn every_declared_method_is_there() {
    let methods = |class: &str| {
        let start = TYPINGS.find(&format!("declare class {class} {{")).unwrap();
        let body = &TYPINGS[start..];
        let body = &body[..body.find("\n}").unwrap()];
        let name = regex::Regex::new(r"(?m)^    ([a-zA-Z]+)[(<]").unwrap();
        let found = name.captures_iter(body).map(|c| c[1].to_owned());
        found.filter(|n| n != "constructor").collect::<Vec<_>>()
    };
    for (class, object) in [
        ("Call", "VoxEngine.callUser('a')"),
        ("Player", "VoxEngine.createURLPlayer('http://a.example/')"),
        ("Conference", "VoxEngine.createConference()"),
        ("Recorder", "VoxEngine.createRecorder()"),
    ] {
        for name in methods(class) {
            let mut run = Run::api(&format!("Logger.write(typeof {object}.{name});"));
            let lines = run.look();
            assert_eq!(lines.last().unwrap(), "script: function", "{class}.{name}");
        }
    }
}

#[test]
fn every_sample_of_the_guide_answers_its_call() {
    let samples: Vec<&str> = GUIDE
        .split("```js\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(!samples.is_empty());
    for sample in samples {
        let lines = Run::call(sample).lines();
        assert_eq!(lines, ["answer call=1"], "{sample}");
    }
}

/// The compiler of the page's build checks the declarations, and every scenario
/// against them as an editor does.
#[test]
fn the_declarations_fit_every_scenario() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let compiler = format!("{root}/web/node_modules/.bin/tsc");
    assert!(
        std::path::Path::new(&compiler).exists(),
        "run `npm ci` in web first (make test does)"
    );
    let mut count = 0;
    for entry in std::fs::read_dir(format!("{root}/scenarios")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "js") {
            continue;
        }
        let options = "--noEmit --allowJs --checkJs --target es2022 --lib es2022";
        // What is loaded after another file uses what that one has declared.
        let name = path.file_name().unwrap().to_string_lossy();
        let before = name
            .starts_with("call-centre-")
            .then(|| format!("{root}/scenarios/call-centre.js"));
        let output = std::process::Command::new(&compiler)
            .args(options.split(' '))
            .arg(format!("{root}/types/voxengine.d.ts"))
            .args(before)
            .arg(&path)
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}: {complaint}", path.display());
        count += 1;
    }
    assert!(count >= 10, "only {count} scenarios");
}
