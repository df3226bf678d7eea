//! The demo centre: three users with generated secrets.

use crate::language::Language;
use crate::user::{self, Added, Wanted};
use std::path::{Path, PathBuf};
use store::{Role, Store};

/// Who works in the demo centre.
const PEOPLE: [(&str, &str, Role); 3] = [
    ("anna", "Anna", Role::Agent),
    ("boris", "Boris", Role::Agent),
    ("olga", "Olga", Role::Supervisor),
];

/// The file with the demo's secrets, readable by its owner only.
pub(crate) fn file(data: &Path) -> PathBuf {
    data.join("demo.json")
}

/// Makes the demo users when there are no users at all.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn prepare(store: &Store, realm: &str, data: &Path) -> Result<Vec<Added>, String> {
    let present = store.users().await.map_err(|error| error.to_string())?;
    if !present.is_empty() {
        return Ok(Vec::new());
    }
    let mut added = Vec::new();
    for (name, display_name, role) in PEOPLE {
        let wanted = Wanted {
            name: name.into(),
            role,
            display_name: Some(display_name.into()),
            password: None,
            contact: None,
        };
        added.push(user::create(store, realm, wanted).await?);
    }
    let users: serde_json::Map<String, serde_json::Value> = added
        .iter()
        .map(|user| {
            let secrets = serde_json::json!({
                "role": user.role, "password": user.password, "sip_secret": user.sip_secret,
            });
            (user.name.clone(), secrets)
        })
        .collect();
    let text = serde_json::json!({ "sip_realm": realm, "users": users });
    write_private(&file(data), &format!("{text:#}\n"))
        .map_err(|error| format!("the demo's secrets cannot be written: {error}"))?;
    Ok(added)
}

/// Says how to sign in.
pub(crate) fn greet(language: Language, added: &[Added], data: &Path) {
    if added.is_empty() {
        println!(
            "{} {}",
            language.pick(
                "The demo users were made before; their secrets are in",
                "Учётные записи демонстрации уже есть; их пароли в файле"
            ),
            file(data).display()
        );
        return;
    }
    println!(
        "{}",
        language.pick(
            "Users of the demo (shown only now):",
            "Учётные записи (показываются один раз):"
        )
    );
    for user in added {
        let password = user.password.as_deref().unwrap_or_default();
        println!("  {:<6} {:<11} {password}", user.name, user.role);
    }
}

/// Writes a file that only its owner can read.
pub(crate) fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())
}
