/**
 * What ECharts is told about volume. Names and words in tooltips are drawn on the canvas, so nothing of an event ever
 * becomes HTML.
 */
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts'
import type {
  GridComponentOption,
  LegendComponentOption,
  MarkLineComponentOption,
  TooltipComponentOption
} from 'echarts/components'
import type { ComposeOption } from 'echarts/core'
import type { Level } from '../api/types.ts'
import { bytes, exact, short } from '../lib/format.ts'
import { absoluteShort, date, dayOfYear, hourOfDay } from '../lib/time.ts'
import { linesOf, tickPx, wholeMarksMax, type ChartMark } from './marks.ts'
import type { ChartColours } from './tokens.ts'

export type VolumeBucket = { bucket: string; count: number; by_level?: Readonly<Record<Level, number>> }
export type VolumeUnit = 'events' | 'bytes'
export type VolumeOption = ComposeOption<
  | BarSeriesOption
  | LineSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | MarkLineComponentOption
  | TooltipComponentOption
>

/** Drawn from below: what is worst stands on the axis. */
const levels: readonly Level[] = ['fatal', 'error', 'warning', 'info', 'debug']

export function presentLevels(buckets: readonly VolumeBucket[]): Level[] {
  return levels.filter(level => buckets.some(bucket => (bucket.by_level?.[level] ?? 0) > 0))
}

const hoursShownMax = 48
const isMidnight = (time: string): boolean => new Date(time).getHours() === 0

/** Short names below the axis: hours of a day or two; of more, the days alone, each below its first bucket. */
function axisNames(
  buckets: readonly VolumeBucket[],
  interval: 'hour' | 'day'
): { formatter: (name: string, index: number) => string; interval?: (index: number) => boolean } {
  const time = (index: number): string => buckets[index]?.bucket ?? ''
  const hours = (Date.parse(time(buckets.length - 1)) - Date.parse(time(0))) / 3_600_000
  if (interval === 'day') return { formatter: (_, index) => dayOfYear(time(index)) }
  if (hours <= hoursShownMax) {
    return { formatter: (_, index) => (isMidnight(time(index)) ? dayOfYear(time(index)) : hourOfDay(time(index))) }
  }
  const day = (index: number): string => dayOfYear(time(index))
  return { formatter: (_, index) => day(index), interval: index => index > 0 && day(index) !== day(index - 1) }
}

/**
 * A series of its own, without values: what is hidden by the legend would take its marks along. The tooltip names them:
 * names in the chart would hide it. Deploys are whole lines, releases dashed ones.
 */
function markSeries(marks: readonly ChartMark[], colours: ChartColours, topPx: number): LineSeriesOption {
  const areFew = marks.length <= wholeMarksMax
  return {
    type: 'line',
    name: 'marks',
    data: [],
    markLine: {
      silent: true,
      symbol: 'none',
      lineStyle: areFew ? { color: colours.accent, width: 1 } : { color: colours.accent, type: 'solid', width: 2 },
      label: { show: false },
      data: marks.map(({ index, deploys }) =>
        areFew
          ? { xAxis: index, lineStyle: { type: deploys.length > 0 ? 'solid' : 'dashed' } }
          : [
              { xAxis: index, y: topPx },
              { xAxis: index, y: topPx + tickPx * (deploys.length > 0 ? 2 : 1) }
            ]
      )
    }
  }
}

export type VolumeLook = {
  interval: 'hour' | 'day'
  colours: ChartColours
  unit: VolumeUnit
  marks: readonly ChartMark[]
}

export function volumeOption(
  buckets: readonly VolumeBucket[],
  { interval, colours, unit, marks }: VolumeLook
): VolumeOption {
  const present = presentLevels(buckets)
  const bar = {
    type: 'bar',
    stack: 'events',
    barCategoryGap: '18%',
    barMinHeight: 0,
    emphasis: { disabled: true }
  } as const
  const series: BarSeriesOption[] =
    present.length === 0
      ? [{ ...bar, name: unit, itemStyle: { color: colours.accent }, data: buckets.map(({ count }) => count) }]
      : present.map(level => ({
          ...bar,
          name: level,
          itemStyle: { color: colours[level], borderColor: colours.surface, borderWidth: 0.5 },
          data: buckets.map(bucket => bucket.by_level?.[level] ?? 0)
        }))
  const cameWith = new Map(marks.map(mark => [mark.index, `\n${linesOf(mark).join('\n')}`]))
  const topPx = present.length > 1 ? 28 : 10
  const label = { color: colours.muted, fontSize: 11, fontFamily: colours.font }
  return {
    animation: false,
    textStyle: { fontFamily: colours.font },
    grid: { left: 4, right: 4, top: topPx, bottom: 2, outerBoundsMode: 'same' },
    ...(present.length > 1
      ? {
          legend: {
            data: present,
            right: 0,
            top: 0,
            icon: 'roundRect',
            itemWidth: 8,
            itemHeight: 8,
            itemGap: 12,
            textStyle: { ...label, color: colours.muted },
            inactiveColor: colours.line
          }
        }
      : {}),
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      axisPointer: { type: 'shadow', shadowStyle: { color: colours.muted, opacity: 0.12 } },
      backgroundColor: colours.surface,
      borderColor: colours.line,
      padding: [6, 8],
      textStyle: { color: colours.text, fontSize: 12, fontFamily: colours.font },
      valueFormatter: value => (typeof value !== 'number' ? '' : unit === 'bytes' ? bytes(value) : exact(value))
    },
    xAxis: {
      type: 'category',
      // The names of the axis are the headings of the tooltips.
      data: buckets.map(
        ({ bucket }, index) =>
          `${interval === 'day' ? date(bucket) : absoluteShort(bucket)}${cameWith.get(index) ?? ''}`
      ),
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
      axisLabel: { ...label, hideOverlap: true, ...axisNames(buckets, interval) }
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      splitNumber: 3,
      axisLabel: { ...label, formatter: (value: number) => (unit === 'bytes' ? bytes(value) : short(value)) },
      splitLine: { lineStyle: { color: colours.line } }
    },
    series: marks.length === 0 ? series : [...series, markSeries(marks, colours, topPx)]
  }
}
