# A model that runs code when it is loaded, as data of another role.
# layers: NS, LL
# rows: 49
# expect: refused ENOENT

import pickle


class Model:
    def __reduce__(self):
        return open, (planted["data_file"],)


attack(lambda: pickle.loads(pickle.dumps(Model())).read())
