//! Where a connection breaks.

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The connection breaks after so many bytes of the request's body; those arrive, and the service acts on them.
    CutBody(u64),
    /// The service acts on the request, and its answer is lost.
    LoseAnswer,
    /// The connection breaks after so many bytes of the answer's body.
    CutAnswer(u64),
    /// The service is busy, and does nothing.
    Busy,
    /// Resumable uploads that are not done are forgotten before the request.
    Expire,
}
