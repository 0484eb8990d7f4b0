"""Publish a stored report to Prefect: one markdown artifact, one image artifact a figure.

The only module of this room that knows Prefect. Publishing is never cached: a warm run shows
everything again.
"""

import base64

from prefect.artifacts import create_image_artifact, create_markdown_artifact

from tasks.records import RenderedReport


def publish_report(report: RenderedReport) -> None:
    """Create the artifacts of one stage in the flow run that is at work."""
    create_markdown_artifact(
        key=report.key,
        markdown=f"# {report.title}\n\n{report.markdown}",
        description=report.title,
    )
    for figure in report.figures:
        # browsers refuse file: addresses in Prefect's UI, so the picture travels in the artifact
        content = base64.b64encode(figure.image.path.read_bytes()).decode()
        create_image_artifact(
            key=figure.key,
            image_url=f"data:image/png;base64,{content}",
            description=f"**{figure.title}**\n\n{figure.alt}",
        )
