//! The source for a run: opening, paging, and dropping fields that the vendor no longer offers.

use crate::client::{Client, Outcome, Tries};
use crate::division::{count_without_the_first_row, fetch_in_parts, may_be_of_a_row};
use crate::endpoint::Endpoint;
use crate::model::{Answer, Answers, Transform};
use crate::offered_fields::RefusedFields;
use crate::settings::{DataToSync, XdomeSettings};
use crate::{confirmation, request};
use async_trait::async_trait;
use bytes::Bytes;
use causeway_domain::definition::Registered;
use causeway_domain::page::{Confirmation, Window};
use causeway_domain::reading::Reading;
use causeway_domain::{Failure, FailureKind, Stream, VendorKey};
use causeway_outbound::{Authority, Meter, Share};
use causeway_ports::source::{Explained, Opened};
use causeway_ports::{Clock, Fetched, Ids, Secrets, SingleRecords, Source, Transformed};
use std::fmt;
use std::sync::Arc;

/// Repeats of a request without refused fields at most; each drops at least one field.
const HEALING_ROUNDS: usize = 8;

/// One connection to Claroty xDome.
pub struct ClarotyXdome {
    pub(crate) client: Client,
    pub(crate) settings: XdomeSettings,
    pub(crate) transform: Transform,
    pub(crate) refused: RefusedFields,
    pub(crate) clock: Arc<dyn Clock>,
}

/// How a request is made, and what its answer continues.
#[derive(Clone, Copy)]
pub(crate) struct Call<'m> {
    pub(crate) tries: Tries,
    pub(crate) meter: &'m Meter,
    /// Rows of the page before those of the answer.
    pub(crate) first_row: u64,
}

impl<'m> Call<'m> {
    /// A request for the first rows of a page, with the usual retries.
    pub(crate) fn usual(meter: &'m Meter) -> Self {
        Self { tries: Tries::Usual, meter, first_row: 0 }
    }
}

impl ClarotyXdome {
    /// Checks settings, maps and private authority of `registered`; nothing is sent. `share` is this process's part of
    /// the vendor's limit.
    ///
    /// # Errors
    /// `DefinitionInvalid`, `MapInvalid`, `NotFound` for a document that was not registered, `Tls` on a machine
    /// without trusted roots.
    pub fn new(
        registered: &Registered,
        secrets: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        share: Share,
    ) -> Result<Self, Failure> {
        let settings = XdomeSettings::of(&registered.definition.source)?;
        let settings = &settings;
        let (asset, finding) = (settings.maps.asset.as_str(), settings.maps.finding.as_str());
        let transform = Transform::new(
            settings,
            (asset, registered.document(asset)?),
            (finding, registered.document(finding)?),
        )?;
        let authority = settings
            .ca_file
            .as_deref()
            .map(|file| registered.document(file).map(|pem| Authority { file, pem }));
        let authority = authority.transpose()?;
        let client = Client::new(settings, (authority, share), secrets, Arc::clone(&clock), ids)?;
        let (settings, refused) = (settings.clone(), RefusedFields::default());
        Ok(Self { client, settings, transform, refused, clock })
    }

    /// *Data to Sync*.
    pub(crate) fn streams(&self) -> &'static [Stream] {
        match self.settings.data_to_sync {
            DataToSync::AssetsAndFindings => &[Stream::Assets, Stream::Findings],
            DataToSync::Assets => &[Stream::Assets],
        }
    }

    /// One row, all fields, and the count. Refused fields are dropped here, before pages are read in parallel.
    pub(crate) async fn sample(&self, stream: Stream, meter: &Meter) -> Result<(Answer, u64), Failure> {
        self.refused.forget(stream);
        let answer = self.in_scope(stream, Window { offset: 0, limit: 1 }, Call::usual(meter)).await?;
        match answer.count() {
            Some(count) => Ok((answer, count)),
            None => {
                let detail = "asked for `count`, but the answer has none";
                let subject = Endpoint::of(stream).subject();
                Err(Failure::new(FailureKind::MalformedAnswer, subject, detail))
            }
        }
    }

    /// The count, even if the first row breaks every answer that contains it.
    async fn count(&self, stream: Stream, meter: &Meter) -> Result<u64, Failure> {
        match self.sample(stream, meter).await {
            Ok((_, count)) => Ok(count),
            Err(failure) if may_be_of_a_row(&failure) => {
                count_without_the_first_row(self, stream, meter).await?.ok_or(failure)
            }
            Err(failure) => Err(failure),
        }
    }

    /// The rows of `window` in the connection's scope.
    pub(crate) async fn in_scope(
        &self,
        stream: Stream,
        window: Window,
        call: Call<'_>,
    ) -> Result<Answer, Failure> {
        let endpoint = Endpoint::of(stream);
        let scope = request::scope(endpoint, &self.settings);
        self.ask(endpoint, call, |fields| request::page(endpoint, fields, &scope, window)).await
    }

    /// Sends `request` for the offered fields, with fewer of them after each 422 about a field.
    pub(crate) async fn ask(
        &self,
        endpoint: &Endpoint,
        call: Call<'_>,
        request: impl Fn(&[&str]) -> Result<Bytes, Failure> + Sync,
    ) -> Result<Answer, Failure> {
        let Call { tries, meter, first_row } = call;
        let read = |body| {
            let began = self.clock.now();
            let mut answer = self.transform.answer(endpoint.stream, body, first_row)?;
            let took = self.clock.now().duration_since(began).as_millis();
            answer.transform_ms = u64::try_from(took).unwrap_or_default();
            Ok(answer)
        };
        let mut rounds = 0;
        loop {
            let refused = self.refused.of(endpoint.stream);
            let mut fields: Vec<&str> = self.transform.request_fields(endpoint.stream);
            fields.retain(|field| refused.iter().all(|dropped| dropped.field != *field));
            match self.client.post(endpoint, &request(&fields)?, (tries, meter), &read).await? {
                Outcome::Rows(answer) => return Ok(answer),
                Outcome::NotProcessed(refused) => {
                    let named = refused.complaint.refused_fields(&fields);
                    if named.is_empty() || rounds == HEALING_ROUNDS {
                        return Err(refused.failure);
                    }
                    self.drop_fields(endpoint, &named)?;
                    rounds += 1;
                    meter.count_retry();
                }
            }
        }
    }

    /// The page of `answers`, which cost what `meter` counted.
    pub(crate) fn fetched(&self, stream: Stream, answers: Answers, meter: &Meter) -> Fetched {
        let (dropped_fields, traffic) = (self.refused.of(stream), meter.total());
        let transform_ms = answers.transform_ms();
        let (transformed, raw) = answers.into_page();
        Fetched { transformed, raw, dropped_fields, traffic, transform_ms }
    }

    /// Drops the fields `named` for the life of this source.
    ///
    /// # Errors
    /// `RequiredFieldRejected`; later fields are then not dropped.
    fn drop_fields(&self, endpoint: &Endpoint, named: &[&str]) -> Result<(), Failure> {
        for &field in named {
            let scope = endpoint.scope.contains(&field).then_some("record scope");
            if let Some(target) = self.transform.required_by(endpoint.stream, field).or(scope) {
                let detail = format!("the vendor no longer offers {field:?}, which is needed for {target:?}");
                return Err(Failure::new(FailureKind::RequiredFieldRejected, endpoint.subject(), detail));
            }
            tracing::warn!(stream = %endpoint.stream, field, "the vendor refuses this field; continuing without it");
            self.refused.add(endpoint.stream, field);
        }
        Ok(())
    }
}

#[async_trait]
impl Source for ClarotyXdome {
    async fn open(&self) -> Result<Vec<Opened>, Failure> {
        let mut opened = Vec::new();
        for &stream in self.streams() {
            let meter = Meter::default();
            let count = self.count(stream, &meter).await?;
            opened.push(Opened {
                stream,
                count: Some(count),
                page_size: self.settings.page_size,
                reading: Reading::Windows,
                dropped_fields: self.refused.of(stream),
                traffic: meter.total(),
            });
        }
        Ok(opened)
    }

    async fn fetch(&self, stream: Stream, window: Window) -> Result<Fetched, Failure> {
        let (meter, mut page) = (Meter::default(), Answers::new(stream));
        page.add(self.in_scope(stream, window, Call::usual(&meter)).await?)?;
        Ok(self.fetched(stream, page, &meter))
    }

    async fn fetch_in_parts(
        &self,
        stream: Stream,
        window: Window,
        whole: Failure,
    ) -> Result<Fetched, Failure> {
        fetch_in_parts(self, stream, window, whole).await
    }

    fn single_records(&self, _stream: Stream) -> Option<&dyn SingleRecords> {
        Some(self)
    }

    fn mapped_fields(&self, stream: Stream) -> Vec<String> {
        self.transform.request_fields(stream).into_iter().map(str::to_owned).collect()
    }

    fn replay(&self, stream: Stream, kept: &[u8]) -> Result<Transformed, Failure> {
        self.transform.transform(stream, kept)
    }

    fn explain(&self, stream: Stream, kept: &[u8], limit: usize) -> Result<Vec<Explained>, Failure> {
        self.transform.explain(stream, kept, limit)
    }
}

#[async_trait]
impl SingleRecords for ClarotyXdome {
    async fn confirm(
        &self,
        stream: Stream,
        missing: &[VendorKey],
        controls: &[VendorKey],
    ) -> Result<(Fetched, Confirmation), Failure> {
        confirmation::confirm(self, stream, missing, controls).await
    }
}

impl fmt::Debug for ClarotyXdome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClarotyXdome")
            .field("channel", &self.client.session.channel())
            .finish_non_exhaustive()
    }
}
