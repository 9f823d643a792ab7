"""An administrator's act: through the admin socket of the server that runs, else under the data folder's lock."""

from __future__ import annotations

from hoptt.api.admin import ask_server
from hoptt.api.office_words import Asked, Told
from hoptt.app.data_dir import data_dir, locked
from hoptt.config import Config


async def act(config: Config, asked: Asked) -> Told:
    """Carry out what is asked. Raises HopttError with a sentence."""
    folder = data_dir(config)
    told = await ask_server(folder.admin_socket, asked)
    if told is not None:
        return told
    from hoptt.app.office_alone import office_alone  # noqa: PLC0415 - a second of imports that a running server saves

    with locked(folder):
        async with office_alone(config, folder) as office:
            return await office.do(asked)
