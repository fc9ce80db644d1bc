"""The journal comes in: believe, keep, project, acknowledge."""
