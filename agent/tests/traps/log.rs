//! What the line says to people.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use tracing::subscriber::DefaultGuard;

use crate::broker::in_time;

/// What this test's thread logs.
pub(crate) struct Log {
    text: watch::Receiver<String>,
    _guard: DefaultGuard,
}

#[derive(Clone)]
struct Writer(Arc<Mutex<watch::Sender<String>>>);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.0.lock().unwrap().send_modify(|all| all.push_str(&text));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn listen() -> Log {
        let (sender, text) = watch::channel(String::new());
        let writer = Writer(Arc::new(Mutex::new(sender)));
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        Log { text, _guard: tracing::subscriber::set_default(subscriber) }
    }

    pub(crate) async fn wait(&self, sentence: &str) {
        let mut text = self.text.clone();
        in_time(sentence, text.wait_for(|text| text.contains(sentence))).await.unwrap();
    }

    pub(crate) fn count(&self, sentence: &str) -> usize {
        self.text.borrow().matches(sentence).count()
    }
}
