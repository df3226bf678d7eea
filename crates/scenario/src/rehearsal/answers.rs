//! Whoever a rehearsed session asks by HTTP, its storage, and who asks it at its
//! access URL.

use super::script::Reply;
use super::world::{ACCESS_URL, NETWORK_MS, World, used};
use crate::host::{HttpResponse, HttpSpec, Input, StorageItem, StorageOperation, key_fits};

impl World<'_> {
    /// A POST to the access URL.
    pub(super) fn post(&mut self, path: String, content: String) {
        self.tokens += 1;
        self.line("outside", &format!("post {path}"));
        self.feed(Input::AccessRequest {
            token: self.tokens,
            method: "POST".to_owned(),
            path,
            content,
            headers: Vec::new(),
        });
    }

    /// The same at the address that the session told its backend.
    pub(super) fn command(&mut self, content: String) {
        match self.command_path.clone() {
            Some(path) => self.post(path, content),
            None => self.line("error", "the session has told no backend its access URL"),
        }
    }

    /// Remembers where the backend of the queues is to send its commands.
    pub(super) fn note_access_url(&mut self, spec: &HttpSpec) {
        let body: serde_json::Value = serde_json::from_slice(&spec.body).unwrap_or_default();
        let url = body.get("access_url").and_then(|url| url.as_str());
        let path = url.and_then(|url| url.split_once(ACCESS_URL));
        if let Some((_, path)) = path {
            self.command_path = Some(path.to_owned());
        }
    }

    pub(super) fn reply(&mut self, spec: &HttpSpec) -> (u64, HttpResponse) {
        let body = String::from_utf8_lossy(&spec.body);
        let fits = |reply: &Reply| {
            let method = reply.method.as_ref();
            spec.url.starts_with(&reply.url)
                && method.is_none_or(|method| method.eq_ignore_ascii_case(&spec.method))
                && reply
                    .body_has
                    .as_ref()
                    .is_none_or(|part| body.contains(part))
        };
        let at = used(&self.script.replies, &mut self.reply_uses, fits, |reply| {
            reply.times
        });
        match at.and_then(|at| self.script.replies.get(at)) {
            Some(reply) => {
                let response = HttpResponse {
                    code: reply.code.unwrap_or(200),
                    text: reply.text.clone(),
                    data: reply.text.clone().into_bytes(),
                    headers: reply.headers.clone().into_iter().collect(),
                    error: reply.error.clone(),
                };
                (reply.after_ms.unwrap_or(NETWORK_MS), response)
            }
            None => {
                let response = HttpResponse {
                    code: -4,
                    error: Some("the script has no reply to this".to_owned()),
                    ..HttpResponse::default()
                };
                (NETWORK_MS, response)
            }
        }
    }

    pub(super) fn answer_storage(&mut self, request: u32, operation: StorageOperation) {
        let items = self.store(operation);
        let error = None;
        self.plan(
            0,
            Input::StorageAnswer {
                request,
                items,
                error,
            },
        );
    }

    fn store(&mut self, operation: StorageOperation) -> Vec<StorageItem> {
        let now_ms = self.now_ms;
        self.storage.retain(|_, item| item.expire_at_ms > now_ms);
        match operation {
            StorageOperation::Get { key } => self.storage.get(&key).cloned().into_iter().collect(),
            StorageOperation::Put { key, value, ttl_s } => {
                let expire_at_ms = now_ms.saturating_add(ttl_s.saturating_mul(1_000));
                let item = StorageItem {
                    key,
                    value,
                    expire_at_ms,
                };
                self.storage.insert(item.key.clone(), item.clone());
                vec![item]
            }
            StorageOperation::Remove { key } => self.storage.remove(&key).into_iter().collect(),
            StorageOperation::Keys { pattern, count } => {
                let found = self.storage.values();
                let found = found.filter(|item| key_fits(&pattern, &item.key));
                found.take(count).cloned().collect()
            }
        }
    }
}
