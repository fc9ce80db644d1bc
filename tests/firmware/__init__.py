"""The files of ``firmware_config`` under the tools of the operating system that read them."""
