import { openLog } from '@stampede/kit/log'
import { runService } from '@stampede/kit/service'
import { openApp } from './app.ts'
import { config } from './config.ts'

const log = openLog('inventory', config.LOG_LEVEL)
await runService(log, () => openApp(config, log))
