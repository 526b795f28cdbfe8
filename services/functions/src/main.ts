import { openLog } from '@stampede/kit/log'
import { runService } from '@stampede/kit/service'
import { openApp } from './app.ts'
import { loadConfig } from './config.ts'

const config = loadConfig()
const log = openLog('functions', config.LOG_LEVEL)
await runService(log, () => openApp(config, log))
