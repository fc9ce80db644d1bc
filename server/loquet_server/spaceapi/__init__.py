"""``/spaceapi.json``: the space for the directories of open workshops, as SpaceAPI 15 says."""
