"""The process that speaks to the server: believed in nothing, waited for by nobody."""
