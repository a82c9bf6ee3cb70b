"""A function in one of the server's own languages."""

from description import Job, Statement, Way


def function(job: Job, language: str, body: str) -> Way:
    """A function that returns the job's rows, and the question put to it."""
    parameter = "model bytea" if job.model else ""
    argument = f"(SELECT model FROM {job.model})" if job.model else ""
    return Statement(
        f"SELECT :summary FROM pg_temp.{job.key}({argument})",
        f"CREATE OR REPLACE FUNCTION pg_temp.{job.key}({parameter}) RETURNS TABLE ({job.record})"
        f" LANGUAGE {language} AS $$\n{body}\n$$",
    )
