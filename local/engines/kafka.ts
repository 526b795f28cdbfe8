import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import type { PartSpec, Report } from '../part.ts'
import type { Profile } from '../profile.ts'
import { bringOnce, runCommand } from './bring.ts'
import { emptyFolder } from './folder.ts'

const VERSION = '4.3.1'
const POM = resolve(import.meta.dirname, 'kafka/pom.xml')
const CLUSTER_ID = 'c3RhbXBlZGUtbG9jYWwtMQ'
// Only the quick compiler: for 200,000 messages the broker then needs a third less CPU, and 35 MB less.
const JVM = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto']
const MISSING =
  'install a JRE 17 and Maven (Debian: apt-get install openjdk-17-jre-headless maven), or set KAFKA_BROKERS'

/**
 * The real broker in KRaft mode, one node that is its own controller. `proxied`: the `host:port` of a proxy
 * that leads to the broker's second door; whoever comes in there is told to come again by the proxy.
 */
export async function prepareKafka(profile: Profile, report: Report, proxied?: string): Promise<PartSpec> {
  const jars = await bringOnce({ name: `kafka-${VERSION}`, report, fill: downloadJars })
  const java = process.env['JAVA_HOME'] ? resolve(process.env['JAVA_HOME'], 'bin/java') : 'java'
  const classPath = ['-cp', `${jars}/jars/*`]
  const data = resolve(profile.home, 'kafka')
  const properties = resolve(profile.home, 'kafka.properties')
  writeFileSync(properties, brokerProperties(profile, data, proxied))
  if (!existsSync(resolve(data, 'meta.properties'))) {
    // A format that was cut short would be refused as half done.
    emptyFolder(data)
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties]
    await runCommand({ file: java, args: [...JVM, ...classPath, ...format] }).catch(explainMissing)
  }
  const broker = `127.0.0.1:${profile.port('kafka')}`
  const logging = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
  return {
    name: 'kafka',
    role: 'engine',
    url: broker,
    file: java,
    args: [
      ...JVM,
      logging,
      '-Dorg.slf4j.simpleLogger.showDateTime=true',
      ...classPath,
      'kafka.Kafka',
      properties,
    ],
    env: process.env,
    channel: false,
    stop: { signal: 'SIGTERM', limitMs: 10_000 },
    check: () => askMetadata(broker),
    readyMs: 60_000,
  }
}

/** The port opens before the broker serves: only an answered question counts. */
async function askMetadata(broker: string): Promise<void> {
  const kafka = new Kafka({
    clientId: 'stampede-local',
    brokers: [broker],
    connectionTimeout: 1000,
    requestTimeout: 2000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    if (brokers.length === 0) throw new Error('the broker is not registered yet')
  } finally {
    await admin.disconnect()
  }
}

async function downloadJars(folder: string): Promise<void> {
  const goal = ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', '-DincludeScope=runtime']
  const places = [`-Dmaven.repo.local=${folder}/repository`, `-DoutputDirectory=${folder}/jars`]
  await runCommand({ file: 'mvn', args: [...goal, ...places] }).catch(explainMissing)
  rmSync(`${folder}/repository`, { recursive: true, force: true })
}

function explainMissing(error: Error): never {
  if (!error.message.includes('ENOENT')) throw error
  throw new Error(`Kafka needs Java and Maven, and one is not on PATH: ${MISSING}`)
}

function brokerProperties(profile: Profile, data: string, proxied?: string): string {
  const broker = `127.0.0.1:${profile.port('kafka')}`
  const controller = `127.0.0.1:${profile.port('kafka-controller')}`
  const door = `127.0.0.1:${profile.port('kafka-proxied')}`
  const replicated = ['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic']
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@${controller}`,
    `listeners=PLAINTEXT://${broker},CONTROLLER://${controller}${proxied ? `,PROXIED://${door}` : ''}`,
    `advertised.listeners=PLAINTEXT://${broker}${proxied ? `,PROXIED://${proxied}` : ''}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT',
    `log.dirs=${data}`,
    ...replicated.map((topic) => `${topic}.replication.factor=1`),
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.min.isr=1',
    'offsets.topic.num.partitions=4',
    // Services create their topics with the partitions they need; a typo must not create one.
    'auto.create.topics.enable=false',
    'group.initial.rebalance.delay.ms=0',
    // After kill -9 the old session must end before the broker may register again.
    'broker.session.timeout.ms=3000',
    'broker.heartbeat.interval.ms=500',
    'log.retention.hours=24',
    'log.segment.bytes=67108864',
    '',
  ].join('\n')
}
