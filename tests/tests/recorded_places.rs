//! What a waiting caller hears of place and wait in a centre without a voice: pieces
//! that are recorded, one after the other. Found in what a real phone recorded.

use cordboard_tests::audio::{built_in_sound, find_piece, part_at, write_tone};
use cordboard_tests::baresip::Phone;
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use serde_json::json;

/// Longest silence between two pieces of a sentence, samples: 0.4 s.
const GAP_MAX: usize = 3_200;

/// Waits until the phone has heard the pieces one after the other, after its first
/// `from` samples; returns where they end. Fails if they overlap or do not follow.
async fn hears_pieces(phone: &Phone, names: &[&str], from: usize) -> usize {
    let pieces: Vec<Vec<i16>> = names.iter().map(|name| built_in_sound(name)).collect();
    let what = names.join(" ");

    let (heard, first) = eventually(&what, seconds(25), || async {
        let heard = phone.samples_heard();
        let late = heard.get(from..).unwrap_or_default();
        let first = find_piece(late, &pieces[0])?;
        let last = find_piece(&late[first..], &pieces[pieces.len() - 1])?;
        let end = from + first + last + pieces[pieces.len() - 1].len();
        (heard.len() >= end).then_some((heard, from + first))
    })
    .await;
    let mut end = first;
    for (name, piece) in names.iter().zip(&pieces) {
        // Loss and the phone's own buffer may move it a little to the front.
        let search = end.saturating_sub(400);
        let at = find_piece(&heard[search..], piece);
        let at = search + at.unwrap_or_else(|| panic!("{name} was not heard in {what}"));
        assert!(at < end + GAP_MAX, "{name} came {} samples late", at - end);
        end = at + piece.len();
    }
    end
}

#[tokio::test]
async fn without_a_voice_recorded_numbers_say_the_place() {
    let plan = CentrePlan::new().agent("anna").queue("announce_every_s", 2);
    let centre = Centre::start(plan).await;
    let first = Phone::waiting(centre.sip(), "4950000001").await;
    hears_pieces(&first, &["place-next.en.wav"], 0).await;
    let second = Phone::waiting(centre.sip(), "4950000002").await;
    let told = ["place.en.wav", "number-2.en.wav", "place-end.en.wav"];
    hears_pieces(&second, &told, 0).await;
    first.hang_up().await;
    let left = second.samples_heard().len();
    hears_pieces(&second, &["place-next.en.wav"], left).await;
    second.hang_up().await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn recorded_waits_are_in_the_grammar_of_the_language() {
    let plan = CentrePlan::new().more("\n[scenarios.secrets]\nCORDBOARD_LANGUAGE = \"ru\"\n");
    let centre = Centre::start(plan).await;
    let caller = Phone::waiting(centre.sip(), "4950000001").await;
    let url = centre.access_url().await;
    let mut heard = 0;
    for (position, minutes, names) in [
        (
            21,
            2,
            "place number-20 number-1 wait number-2-minutes minute-2",
        ),
        (12, 15, "place number-12 wait number-15 minute-5"),
        (1, 1, "place-next wait number-1-minutes minute-1"),
    ] {
        let command = json!({"command": "announce", "position": position,
            "estimated_wait_ms": minutes * 60_000});
        let http = centre.http();
        let answer = http.send("POST", &url, Some(&command.to_string())).await;
        assert_eq!(answer.expect("an answer").status, 200);
        let names: Vec<String> = names
            .split(' ')
            .map(|name| format!("{name}.ru.wav"))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        heard = hears_pieces(&caller, &names, heard).await;
    }
    caller.hang_up().await;
    centre.is_empty_again().await;
}

/// The owner's own recording goes before the built-in piece of that name.
#[tokio::test]
async fn a_piece_is_replaced_by_a_file_of_the_owner() {
    const OWN_HZ: f64 = 1_300.0;
    let folder = tempfile::tempdir().expect("a folder");
    write_tone(&folder.path().join("place-next.en.wav"), OWN_HZ, 1);
    let sounds = folder.path().to_str().expect("a path of text");
    let plan = CentrePlan::new().queue("announce_every_s", 2);
    let centre = Centre::start(plan.setting("CORDBOARD__HTTP__SOUNDS_DIR", sounds)).await;
    let caller = Phone::waiting(centre.sip(), "4950000001").await;
    eventually("the owner's sound", seconds(15), || async {
        let samples = caller.samples_heard();
        let windows = samples.chunks_exact(800);
        let own = windows.filter(|window| part_at(window, OWN_HZ) > 0.9);
        (own.count() >= 8).then_some(())
    })
    .await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}
