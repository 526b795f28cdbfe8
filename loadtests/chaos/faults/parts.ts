import type { Stand } from '@stampede/local/stand/stand'

/** The processes of the system by what they are. */
export function partsOf({ system }: Stand, role: 'engine' | 'service'): string[] {
  return Object.entries(system.parts)
    .filter(([, part]) => part.role === role)
    .map(([name]) => name)
}

export function allParts(stand: Stand): string[] {
  return Object.keys(stand.system.parts)
}

/** `inventory-2` → `inventory`. */
export function serviceOf(part: string): string {
  return part.replace(/-\d+$/, '')
}
