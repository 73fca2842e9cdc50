"""Healthy notebooks that talk to servers, processes, files and databases."""

HEALTHY = {
    "httpx asks a server in a thread": """
        import http.server, httpx
        class Clerk(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(self.path.encode())
            def log_message(self, *args): pass
        office = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Clerk)
        clerk = threading.Thread(target=office.serve_forever, daemon=True)
        clerk.start()
        office_url = f'http://127.0.0.1:{office.server_port}'
        ---
        async with httpx.AsyncClient(trust_env=False) as asking:
            pages = await asyncio.gather(*[asking.get(f'{office_url}/{n}') for n in range(3)])
        assert [page.text for page in pages] == ['/0', '/1', '/2']
        ---
        office.shutdown()
        office.server_close()
        clerk.join()
        """,
    "httpx asks where nobody answers, and the error is caught": """
        import httpx, socket
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            nobody = f'http://127.0.0.1:{free.getsockname()[1]}'
        async with httpx.AsyncClient(trust_env=False) as asking:
            unheard = await asyncio.gather(
                *[asking.get(nobody) for _ in range(3)], return_exceptions=True)
        assert all(isinstance(each, httpx.ConnectError) for each in unheard)
        """,
    "aiohttp, a server and a client": """
        from aiohttp import ClientSession, web
        async def greet(request): return web.json_response({'to': request.query['to']})
        hall = web.Application()
        hall.add_routes([web.get('/', greet)])
        hall_runner = web.AppRunner(hall)
        await hall_runner.setup()
        hall_site = web.TCPSite(hall_runner, '127.0.0.1', 0)
        await hall_site.start()
        hall_url = f'http://127.0.0.1:{hall_runner.addresses[0][1]}'
        ---
        async def greeted(session, name):
            async with session.get(hall_url, params={'to': name}) as reply:
                return (await reply.json())['to']
        async with ClientSession() as session:
            assert await asyncio.gather(*[greeted(session, n) for n in 'abc']) == list('abc')
        ---
        await hall_runner.cleanup()
        """,
    "aiohttp, a socket of the web that is closed by its server": """
        from aiohttp import ClientSession, WSMsgType, web
        async def echo_once(request):
            line = web.WebSocketResponse()
            await line.prepare(request)
            await line.send_str((await line.receive_str()).upper())
            await line.close()
            return line
        phone = web.Application()
        phone.add_routes([web.get('/', echo_once)])
        phone_runner = web.AppRunner(phone)
        await phone_runner.setup()
        await web.TCPSite(phone_runner, '127.0.0.1', 0).start()
        phone_url = f'http://127.0.0.1:{phone_runner.addresses[0][1]}'
        async with ClientSession() as caller, caller.ws_connect(phone_url) as call:
            await call.send_str('hello')
            heard_back = [message.data async for message in call]
        await phone_runner.cleanup()
        assert heard_back == ['HELLO']
        """,
    "aiohttp gives up after a time": """
        from aiohttp import ClientSession, ClientTimeout
        async def keep_waiting(reader, writer):
            await reader.read()
            writer.close()
        mute = await asyncio.start_server(keep_waiting, '127.0.0.1', 0)
        mute_url = 'http://127.0.0.1:{}'.format(mute.sockets[0].getsockname()[1])
        async with ClientSession(timeout=ClientTimeout(total=0.05)) as caller:
            try:
                await caller.get(mute_url)
            except TimeoutError:
                pass
        mute.close()
        await mute.wait_closed()
        """,
    "urllib in a thread": """
        import http.server, urllib.request
        class Shelf(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_error(404)
            def log_message(self, *args): pass
        with http.server.HTTPServer(('127.0.0.1', 0), Shelf) as library:
            reader_thread = threading.Thread(target=library.handle_request)
            reader_thread.start()
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                await asyncio.to_thread(direct.open, f'http://127.0.0.1:{library.server_port}/x')
            except urllib.error.HTTPError as missing:
                assert missing.code == 404
                missing.close()
            reader_thread.join()
        """,
    "datagrams": """
        class Letterbox(asyncio.DatagramProtocol):
            def __init__(self): self.letter = asyncio.get_running_loop().create_future()
            def datagram_received(self, data, address): self.letter.set_result(data)
        mailing = asyncio.get_running_loop()
        box, letterbox = await mailing.create_datagram_endpoint(
            Letterbox, local_addr=('127.0.0.1', 0))
        post, _ = await mailing.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=box.get_extra_info('sockname'))
        post.sendto(b'hello')
        assert await asyncio.wait_for(letterbox.letter, 10) == b'hello'
        box.close()
        post.close()
        """,
    "a process that is fed, one that fails, and one that is killed": """
        import subprocess, sys
        upper = subprocess.run([sys.executable, '-c', 'print(input().upper())'],
                               input='hello', capture_output=True, text=True, check=True)
        assert upper.stdout.strip() == 'HELLO'
        try:
            subprocess.run([sys.executable, '-c', 'exit(3)'], check=True)
        except subprocess.CalledProcessError as failed_process:
            assert failed_process.returncode == 3
        ---
        lasting = await asyncio.create_subprocess_exec(
            sys.executable, '-c', 'input()', stdin=asyncio.subprocess.PIPE)
        lasting.kill()
        assert await lasting.wait() < 0
        """,
    "a process of a shell": """
        listed = !echo one
        assert listed == ['one']
        ---
        shell = await asyncio.create_subprocess_shell('echo two', stdout=asyncio.subprocess.PIPE)
        assert (await shell.communicate())[0].strip() == b'two'
        """,
    "sqlite over several cells, and from a thread": """
        import sqlite3
        ledger = sqlite3.connect(':memory:', check_same_thread=False)
        ledger.execute('create table entries (amount integer)')
        None
        ---
        def enter(amounts):
            with ledger:
                ledger.executemany('insert into entries values (?)', [(each,) for each in amounts])
        await asyncio.to_thread(enter, [1, 2, 3])
        try:
            with ledger:
                ledger.execute('insert into nowhere values (1)')
        except sqlite3.OperationalError:
            pass
        ---
        assert ledger.execute('select sum(amount) from entries').fetchone() == (6,)
        ledger.close()
        """,
    "a log with a handler of the notebook's own": """
        import io, logging
        diary, pages_of_diary = logging.getLogger('diary'), io.StringIO()
        diary.propagate = False
        diary.addHandler(logging.StreamHandler(pages_of_diary))
        diary.warning('rain')
        try:
            1 / 0
        except ZeroDivisionError:
            diary.exception('a mistake')
        assert 'ZeroDivisionError' in pages_of_diary.getvalue()
        """,
    "a log that a thread writes from a queue": """
        import logging.handlers, queue
        letters, kept_letters = queue.Queue(), []
        class Keep(logging.Handler):
            def emit(self, record): kept_letters.append(record.getMessage())
        listener = logging.handlers.QueueListener(letters, Keep())
        listener.start()
        secretary = logging.getLogger('secretary')
        secretary.propagate = False
        secretary.addHandler(logging.handlers.QueueHandler(letters))
        secretary.error('a letter')
        listener.stop()
        assert kept_letters == ['a letter']
        """,
    "files that are written, read and compressed": """
        import gzip, json, pathlib, tempfile
        with tempfile.TemporaryDirectory() as drawer:
            sheet = pathlib.Path(drawer, 'sheet.json.gz')
            with gzip.open(sheet, 'wt') as out:
                json.dump({'x': [1, 2]}, out)
            with gzip.open(sheet, 'rt') as back:
                assert json.load(back) == {'x': [1, 2]}
        """,
}
"""By name, the cells."""
