"""The other side of a shared journal: the real djangoevents, which reads what evgen wrote and writes what evgen reads.

Runs in the folder of the aggregates' Python modules, with DJANGO_SETTINGS_MODULE set. Answers each line of stdin, one JSON
object, with one line:
    {"get": "Todo", "module": "todos.aggregates", "id": "1"}
    {"store": "Todo.Created", "module": "todos.aggregates", "id": "1", "version": 0, "attrs": {"label": "milk"}}
"""
import importlib
import json
import sys
import warnings

sys.path.insert(0, '.')
warnings.simplefilter('ignore')

import django  # noqa: E402

django.setup()

from djangoevents import EventSourcingWithDjango, store_event  # noqa: E402

BASE = {'_id', '_version', '_is_discarded', '_initial_event_id'}
app = EventSourcingWithDjango()


def find(module, name):
    found = importlib.import_module(module)
    for part in name.split('.'):
        found = getattr(found, part)
    return found


def get(command):
    repository = app.get_repo_for_aggregate(find(command['module'], command['get']))
    try:
        entity = repository[command['id']]
    except KeyError:
        return {'outcome': 'missing'}
    attributes = {key: value for key, value in vars(entity).items() if key not in BASE}
    return {
        'outcome': 'entity',
        'attributes': attributes,
        'version': entity.version,
        'discarded': entity._is_discarded,
    }


def store(command):
    event = find(command['module'], command['store'])
    store_event(event(entity_id=command['id'], entity_version=command['version'], **command['attrs']))
    return {'outcome': 'stored'}


for line in sys.stdin:
    command = json.loads(line)
    try:
        answer = get(command) if 'get' in command else store(command)
    except Exception as error:
        answer = {'outcome': 'error', 'type': type(error).__name__, 'message': str(error)}
    print(json.dumps(answer), flush=True)
