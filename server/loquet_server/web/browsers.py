"""Browsers in words, for lists of where somebody is signed in."""


def browser_of(agent: str) -> str:
    """Return a browser and its system in short, such as ``Firefox, Windows``."""
    browsers = {"Edg": "Edge", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
    systems = {
        "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows",
        "Mac OS": "Mac", "Linux": "Linux",
    }  # fmt: skip
    found = [
        next((name for word, name in words.items() if word in agent), "")
        for words in (browsers, systems)
    ]
    return ", ".join(each for each in found if each) or agent[:40]
