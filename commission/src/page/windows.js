// Windows in which photographs are permitted, as minutes of the week and back. A window over midnight belongs to the
// day it begins; only here, as minutes, it is two.

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const WHOLE = 24 * 60;

/** The weekdays of "mon-fri", "sat", "mon,wed" or "daily" as numbers from 0; null if they are none. */
export function daysOf(words) {
  if (words === "daily") return DAYS.map((_, day) => day);
  const days = [];
  for (const part of words.split(",").map((word) => word.trim())) {
    const [first, last, more] = part.split("-").map((name) => DAYS.indexOf(name));
    if (first < 0 || last < 0 || more !== undefined) return null;
    for (let day = first; ; day = (day + 1) % 7) {
      if (days.includes(day)) return null;
      days.push(day);
      if (day === (last ?? first)) break;
    }
  }
  return days;
}

/** Minutes since midnight of "14:30"; null if it is no time. */
export function minutesOf(time) {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(time) ?? [];
  const all = Number(hours) * 60 + Number(minutes);
  return minutes < 60 && all <= WHOLE ? all : null;
}

/** Whether the server would take this window. */
export function isWindow({ days, from, to }) {
  const [start, end] = [minutesOf(from), minutesOf(to)];
  return daysOf(days) !== null && start !== null && end !== null && start !== end && start < WHOLE;
}

/** For each day its open stretches, sorted, as [from, to] in minutes. */
export function weekOf(windows) {
  if (windows === null) return DAYS.map(() => [[0, WHOLE]]);
  const week = DAYS.map(() => []);
  for (const one of windows.filter(isWindow)) {
    const [start, end] = [minutesOf(one.from), minutesOf(one.to)];
    for (const day of daysOf(one.days)) {
      week[day].push([start, start < end ? end : WHOLE]);
      if (end < start && end > 0) week[(day + 1) % 7].push([0, end]);
    }
  }
  return week.map(joined);
}

function joined(stretches) {
  const result = [];
  for (const [from, to] of stretches.toSorted(([a], [b]) => a - b)) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/** The part of an hour that is open: [from, to] in minutes of the hour, from the first to the last open one. */
export function openIn(week, day, hour) {
  const inside = week[day]
    .map(([from, to]) => [Math.max(from - hour * 60, 0), Math.min(to - hour * 60, 60)])
    .filter(([from, to]) => from < to);
  return inside.length ? [inside[0][0], inside.at(-1)[1], inside.length] : [0, 0, 0];
}

/** The week with an hour opened or closed. */
export function withHour(week, day, hour, isOpen) {
  const [start, end] = [hour * 60, hour * 60 + 60];
  const others = week[day].flatMap(([from, to]) => [[from, Math.min(to, start)], [Math.max(from, end), to]]);
  const kept = others.filter(([from, to]) => from < to);
  return week.map((stretches, at) => (at === day ? joined(isOpen ? [...kept, [start, end]] : kept) : stretches));
}

const two = (value) => String(value).padStart(2, "0");
const timeOf = (minutes) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/** "mon-fri", "sat,sun", "mon,wed" or "daily". */
export function wordsOf(days) {
  if (days.length === 7) return "daily";
  const runs = [];
  for (const day of days) {
    const run = runs.at(-1);
    if (run && run.at(-1) === day - 1) run.push(day);
    else runs.push([day]);
  }
  const words = runs.flatMap((run) =>
    run.length > 2 ? [`${DAYS[run[0]]}-${DAYS[run.at(-1)]}`] : run.map((day) => DAYS[day]),
  );
  return words.join(",");
}

/** Windows for a week: days that are alike together, in the order of their first day. */
export function windowsOf(week) {
  const alike = new Map();
  week.forEach((stretches, day) => {
    const key = JSON.stringify(stretches);
    alike.set(key, [...(alike.get(key) ?? []), day]);
  });
  return [...alike].flatMap(([stretches, days]) =>
    JSON.parse(stretches).map(([from, to]) => ({ days: wordsOf(days), from: timeOf(from), to: timeOf(to) })),
  );
}
