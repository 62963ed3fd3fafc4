//! Topics: each belongs to one key of one station, but that of the line's state.

use super::*;

const STATE: &str = "line = { topic = \"line1/state\", allowed = [\"AUTO\"], max_age = \"60s\" }";

/// `{station}` in the line's own topics, and these keys in the stations' files.
fn two_stations(marriage: &str, door: &str) -> AgentSettings {
    let folder = Folder::shipped();
    folder.put("stations/marriage.toml", format!("{MARRIAGE}\n{marriage}\n"));
    let other = another("door");
    folder.put("stations/door.toml", format!("{other}\n{door}\n"));
    folder.agent().unwrap()
}

#[test]
fn stations_may_share_the_topic_of_the_lines_state_alone() {
    let permit = format!("[permit]\n{STATE}");
    let agent = two_stations(&permit, &permit.replace("\"AUTO\"", "\"HAND\""));
    assert_eq!(ids(&agent.stations), ["door", "marriage"]);
    let both = |station: &Station| station.line.as_ref().unwrap().topic.as_str() == "line1/state";
    assert!(agent.stations.iter().all(both));

    for (marriage, door, keys) in [
        (permit.as_str(), "[trigger]\nready = \"line1/state\"", ["trigger.ready", "permit.line.topic"]),
        (permit.as_str(), "[trigger]\nleave = \"line1/state\"", ["trigger.leave", "permit.line.topic"]),
        (permit.as_str(), "[trigger]\ntopic = \"line1/state\"", ["trigger.topic", "permit.line.topic"]),
        ("[trigger]\nready = \"x\"", "[trigger]\nready = \"x\"", ["trigger.ready", "trigger.ready"]),
        ("[trigger]\nready = \"x\"", "[trigger]\ntopic = \"x\"", ["trigger.topic", "trigger.ready"]),
    ] {
        let agent = two_stations(marriage, door);
        assert!(agent.stations.is_empty(), "{door}");
        for (broken, key) in agent.broken.iter().zip(keys) {
            let said = broken.problems.to_string();
            assert!(said.contains(&format!("`{key}`")) && said.contains("in one file only"), "{said}");
        }
    }
}

#[test]
fn a_station_does_not_use_a_topic_twice() {
    let own = format!("{MARRIAGE}\n[trigger]\nready = \"line1/state\"\n[permit]\n{STATE}\n");
    let said = Folder::shipped().put("stations/marriage.toml", own).station().unwrap_err().to_string();
    assert!(said.contains("`permit.line.topic`") && said.contains("another key of this station"), "{said}");
}

#[test]
fn a_stations_topic_is_none_that_the_agent_listens_to_for_orders_or_denials() {
    let orders = |filter: &str| format!("[orders]\ntopic = \"{filter}\"\nmax_age = \"1d\"");
    let deny = |topic: &str| format!("[deny]\ntopic = \"{topic}\"\nmax_age = \"1d\"");
    for (agent, own, key, source) in [
        (orders("zuffenhausen/#"), "", "trigger.topic", "`orders.topic`"),
        (orders("zuffenhausen/911/line1/+/arrival"), "", "trigger.topic", "`orders.topic`"),
        (orders("zuffenhausen/911/line1/marriage/departure"), "", "trigger.leave", "`orders.topic`"),
        (deny("zuffenhausen/911/line1/marriage/arrival"), "", "trigger.topic", "`deny.topic`"),
        (orders("a/#"), "[trigger]\nready = \"a\"", "trigger.ready", "`orders.topic`"),
        (orders("line1/+"), STATE, "permit.line.topic", "`orders.topic`"),
        (deny("line1/state"), STATE, "permit.line.topic", "`deny.topic`"),
    ] {
        let folder = Folder::shipped();
        folder.put("agent.d/source.toml", &agent);
        let own = if own.starts_with("line") { format!("[permit]\n{own}") } else { own.to_owned() };
        folder.put("stations/marriage.toml", format!("{MARRIAGE}\n{own}\n")).put_station("door");
        let broken = folder.agent().unwrap().broken;
        let of_marriage = broken.iter().find(|b| b.file.ends_with("marriage.toml")).unwrap();
        let said = of_marriage.problems.to_string();
        for part in [format!("`{key}`"), source.to_owned(), "change one of the two".to_owned()] {
            assert!(said.contains(&part), "{agent} and {own} gave\n{said}\nwithout\n{part}");
        }
    }
    for filter in
        ["zuffenhausen/911/+", "zuffenhausen/911/line1/+", "zuffenhausen/911/line1/marriage/arrival/+"]
    {
        let folder = Folder::shipped();
        assert!(folder.put("agent.d/source.toml", orders(filter)).station().is_ok(), "{filter}");
    }
}

#[test]
fn what_lineshot_publishes_is_no_topic_of_the_plant() {
    for (table, key) in [
        ("[trigger]\ntopic = \"lineshot/site/pc/arrival\"", "trigger.topic"),
        ("[trigger]\nleave = \"lineshot\"", "trigger.leave"),
        ("[trigger]\nready = \"lineshot/{station}\"", "trigger.ready"),
        ("[permit]\nline = { topic = \"lineshot/x\" }", "permit.line.topic"),
    ] {
        let own = format!("{MARRIAGE}\n{table}\n");
        let said = Folder::shipped().put("stations/marriage.toml", own).station().unwrap_err().to_string();
        assert!(said.contains(&format!("`{key}`")) && said.contains("lineshot itself publishes"), "{said}");
    }
    let own = format!("{MARRIAGE}\n[trigger]\nready = \"lineshots/ready\"\n");
    assert!(Folder::shipped().put("stations/marriage.toml", own).station().is_ok());
}

#[test]
fn a_camera_sees_one_station_and_several_views_of_it() {
    let folder = Folder::shipped();
    folder.put_station("door");
    let door = another("door");
    let copied = swapped(&door, "http://door.cameras/", "http://10.0.0.7/");
    folder.put("stations/door.toml", &copied);
    let agent = folder.agent().unwrap();
    assert_eq!(ids(&agent.stations), Vec::<&str>::new());
    let said = agent.problems().unwrap().to_string();
    assert_eq!(said.matches("a camera of its own").count(), 2, "{said}");
    let second = door[door.find("[[view]]").unwrap()..].replace("\"front\"", "\"left\"");
    folder.put("stations/door.toml", format!("{door}\n{second}"));
    assert_eq!(ids(&folder.agent().unwrap().stations), ["door", "marriage"]);
}

#[test]
fn what_is_planned_is_read_as_if_it_were_there() {
    let folder = Folder::shipped();
    let file = folder.0.path().join("stations/door.toml");
    let seen = AgentSettings::foreseen(folder.0.path(), &[(file.clone(), another("door"))]).unwrap();
    assert_eq!(ids(&seen.stations), ["door", "marriage"]);
    assert_eq!(ids(&folder.agent().unwrap().stations), ["marriage"]);
    let spoilt = another("door").replace("20s", "20");
    let said = AgentSettings::foreseen(folder.0.path(), &[(file, spoilt)]).unwrap_err().to_string();
    assert!(said.contains("stations/door.toml:") && said.contains("`view[front].within`"), "{said}");
    let planned = [(folder.0.path().join("uploader.toml"), UPLOADER.replace("bucket  ", "buckt"))];
    assert!(UploaderSettings::foreseen(folder.0.path(), &planned).is_err());
}
