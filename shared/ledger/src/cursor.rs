//! Reading one sorted run: objects one after the other, line by line, the next object while the last one is used.

use crate::background::BackgroundTask;
use crate::damaged;
use crate::line::Line;
use crate::segment;
use bytes::Bytes;
use causeway_domain::Failure;
use causeway_ports::Objects;
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

/// A position in a sequence of objects whose lines are sorted by key.
pub struct Cursor {
    objects: Arc<dyn Objects>,
    waiting: VecDeque<String>,
    /// The object after the current one, which is being read and unpacked.
    ahead: Option<(String, BackgroundTask<Bytes>)>,
    current: Bytes,
    at: usize,
    name: String,
    last: Option<Line>,
}

impl Cursor {
    /// Before the first line of the first of `keys`.
    pub fn new(objects: &Arc<dyn Objects>, keys: impl IntoIterator<Item = String>) -> Self {
        let waiting = keys.into_iter().collect();
        let (objects, current, name) = (Arc::clone(objects), Bytes::new(), String::new());
        Self { objects, waiting, ahead: None, current, at: 0, name, last: None }
    }

    /// Begins to read the next object.
    pub fn read_ahead(&mut self) {
        if self.ahead.is_none()
            && let Some(key) = self.waiting.pop_front()
        {
            let (objects, name) = (Arc::clone(&self.objects), key.clone());
            let read = async move { segment::get(objects.as_ref(), &name).await };
            self.ahead = Some((key, BackgroundTask::new(read)));
        }
    }

    /// The next line, or `None` after the last.
    ///
    /// # Errors
    /// `StoreDamaged` when a line cannot be read or the order is broken.
    pub async fn next(&mut self) -> Result<Option<Line>, Failure> {
        loop {
            if let Some(line) = self.at_hand()? {
                return Ok(Some(line));
            }
            self.read_ahead();
            let Some((name, ahead)) = self.ahead.take() else { return Ok(None) };
            // What was read is done with before more is unpacked.
            (self.current, self.at, self.name) = (Bytes::new(), 0, name);
            self.current = ahead.done().await?;
            self.read_ahead();
        }
    }

    /// Goes on to the line with the key of `wanted`, or past where it would be.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn find(&mut self, wanted: &Line) -> Result<Option<Line>, Failure> {
        while let Some(line) = self.next().await? {
            match line.cmp_line(wanted) {
                Ordering::Less => {}
                Ordering::Equal => return Ok(Some(line)),
                Ordering::Greater => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The next line of the current object, or `None` after its last.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub fn at_hand(&mut self) -> Result<Option<Line>, Failure> {
        loop {
            let rest = self.current.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(None);
            }
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let text = self.current.slice(self.at..self.at + length);
            self.at = (self.at + length + 1).min(self.current.len());
            if text.is_empty() {
                continue;
            }
            let line = Line::read(text).map_err(|error| damaged(&self.name, &error))?;
            if self.last.as_ref().is_some_and(|last| last.cmp_line(&line).is_gt()) {
                return Err(damaged(&self.name, "its records are not in key order"));
            }
            self.last = Some(line.clone());
            return Ok(Some(line));
        }
    }
}
