"""Other servers under the same load, each at its best fair settings.

They are installed programs, named by environment variables; a server that is not there is left out, and the result
says so. `settings/` holds what each is started with, so that its authors can correct it. One file for each tells how it
is started and spoken to; `adapter` carries the load generator's descriptions to it.
"""
