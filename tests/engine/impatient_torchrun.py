"""``torchrun`` that kills a stopped process after 2 s instead of 30.

Its time after a failure cannot be set from outside.
"""

from torch.distributed.elastic.agent.server import local_elastic_agent
from torch.distributed.elastic.multiprocessing import PContext
from torch.distributed.run import main

USUAL, WANTED = 30, 2

if __name__ == '__main__':
    agent = local_elastic_agent.LocalElasticAgent
    for function in (agent._shutdown, PContext.close):
        function.__defaults__ = tuple(
            WANTED if value == USUAL else value
            for value in function.__defaults__
        )
    main()
