//! What the check of scenario files says, and what it keeps quiet about.
#![allow(missing_docs, clippy::unwrap_used)]

use scenario::{Source, check};

fn findings(text: &str) -> Vec<String> {
    let source = Source {
        name: "a.js".to_owned(),
        text: text.to_owned(),
    };
    let found = check(&[source]).unwrap();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn misspelt_names_get_a_suggestion() {
    assert_eq!(
        findings("\n  VoxEngine.addEventListner(AppEvents.CallAlertin, () => {});"),
        [
            "a.js:2:3: error: `VoxEngine.addEventListner` does not exist: did you mean `VoxEngine.addEventListener`?",
            "a.js:2:29: error: `AppEvents.CallAlertin` does not exist: did you mean `AppEvents.CallAlerting`?",
        ]
    );
    assert_eq!(
        findings("x = PlayerEvents.Nonsense"),
        ["a.js:1:5: error: `PlayerEvents.Nonsense` does not exist"]
    );
    assert_eq!(
        findings("x = AMD.Model.ZZ"),
        ["a.js:1:5: error: `AMD.Model.ZZ` does not exist"]
    );
}

#[test]
fn names_of_the_cloud_that_are_not_here_are_told_apart() {
    // The list of what is missing is a generated file; in the end it is empty.
    let missing = include_str!("../../../docs/api-coverage.md");
    for owner in ["VoxEngine", "PhoneNumber", "AMD", "Net"] {
        let row = format!("| `{owner}` | ");
        let Some(names) = missing.lines().find_map(|line| line.strip_prefix(&row)) else {
            continue;
        };
        let name = names.split([',', ' ']).next().unwrap();
        assert_eq!(
            findings(&format!("{owner}.{name}()")),
            [format!(
                "a.js:1:1: missing: `{owner}.{name}` is not in Cordboard yet (docs/api-coverage.md)"
            )]
        );
    }
}

#[test]
fn old_forms_are_notes() {
    let found = findings(
        "VoxEngine.callUser('anna', '100');
         VoxEngine.callUser({username: 'anna'});
         e.call.decline(486);
         VoxEngine.CallList.reportError('x');
         x = Language.RU_RUSSIAN_FEMALE;
         ApplicationStorage.delete('k');",
    );
    let lines: Vec<&str> = found.iter().map(|f| &f[..f.find('`').unwrap()]).collect();
    assert_eq!(
        lines,
        [
            "a.js:1:1: note: the positional form of ",
            "a.js:3:16: note: ",
            "a.js:4:10: note: ",
            "a.js:5:14: note: ",
            "a.js:6:10: note: ",
        ]
    );
}

#[test]
fn own_names_and_own_members_are_nobodys_business() {
    for text in [
        "class CallList {} CallList.mine();",
        "const { Net } = lib(); Net.mine();",
        "VoxEngine.mine = () => 1; VoxEngine.mine();",
        "my.CallEvents.mine; my?.Net.mine;",
        "'CallEvents.mine'; /* Net.mine */ `${1} Net.mine`; /Net.mine/.test(x)",
        "Net['mine']; VoxEngine[name];",
        "x = VoiceList.Amazon.Neural.en_US_Joanna; y = ASRProfileList.Google.ru_RU;",
        "function f(call) { call.anything(); }",
        "require(Modules.Player); require(Modules.ASR);",
        "x = {CallEvents: 1}.CallEvents.mine;",
    ] {
        let found = findings(text);
        let other: Vec<_> = found
            .iter()
            .filter(|f| !f.contains("Modules.Player"))
            .collect();
        assert!(other.is_empty(), "{text}: {other:?}");
    }
}

#[test]
fn our_own_scenarios_are_clean() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "js") {
            let found = findings(&std::fs::read_to_string(&path).unwrap());
            assert_eq!(found, [""; 0], "{}", path.display());
        }
    }
}
